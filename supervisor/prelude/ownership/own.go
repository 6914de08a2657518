package ownership

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/pipe"
	"entrypoint/supervisor/prelude/ownership/tree"
)

// order is a path of own for package tree.
func order(o *config.Owned) *tree.Order {
	return &tree.Order{Path: o.Path, Name: o.Name, UID: o.UID, GID: o.GID, Group: o.Group}
}

// own gives the paths of own to their owners.
func (o *Options) own() (what string, err error) {
	var orders []*tree.Order
	for i := range o.Settings.Own {
		if one := order(&o.Settings.Own[i]); !o.settled(one) {
			orders = append(orders, one)
		}
	}
	if len(orders) == 0 {
		return "", nil
	}
	said, err := o.walk(orders)
	if err != nil {
		return "", err
	}
	var failed []string
	for _, line := range strings.Split(said, "\n") {
		if text, is := strings.CutPrefix(line, failure); is {
			failed = append(failed, text)
		} else if text, is := strings.CutPrefix(line, note); is {
			o.Log("ownership: " + text)
			what = "gave files to their owners"
		}
	}
	if len(failed) > 0 {
		return "", &Error{text: strings.Join(failed, "\n"), code: codeConfig}
	}
	return what, nil
}

// settled says whether a path has its mark.
func (o *Options) settled(one *tree.Order) bool {
	return o.Ask(one.Path, func() bool { return tree.Settled(one) })
}

// lastLines is how long we wait for what the process has printed when it has ended.
const lastLines = 250 * time.Millisecond

// walk runs the process that walks, and returns what it says in the end.
func (o *Options) walk(orders []*tree.Order) (said string, err error) {
	refused := func(err error) error { return &Error{text: "cannot give files away: " + err.Error(), code: 1} }
	in, err := filled(encode(orders))
	if err != nil {
		return "", refused(err)
	}
	defer in.Close()
	ours, theirs, err := pipe.ToRead()
	if err != nil {
		return "", refused(err)
	}
	defer unix.Close(ours)
	c := &launch.Command{
		Argv: []string{Name}, File: o.Executable, Env: []string{}, Files: []*os.File{in, theirs}, KillAfter: time.Second,
		Rewrite: map[syscall.Signal]syscall.Signal{syscall.SIGQUIT: syscall.SIGTERM}, // Go would print its stacks
	}
	w, wait, err := o.Pipe()
	if err == nil {
		c.Stderr, c.Stdout = w, w
	}
	result, err2 := o.Run(c)
	_ = theirs.Close()
	if err == nil {
		_ = w.Close()
		wait(lastLines)
	}
	if err2 != nil {
		return "", refused(err2)
	}
	said, whole := strings.CutSuffix(drained(ours), end)
	switch {
	case result.Stopped != 0:
		return "", &Error{text: "stopped", code: result.Code, stop: result.Stopped}
	case !whole:
		return "", &Error{text: "the process that gives files away has ended with exit code " + strconv.Itoa(result.Code) + " before it was done", code: 1}
	}
	return said, nil
}

// explainOwn says what own would do.
func (o *Options) explainOwn() (lines []string) {
	for i := range o.Settings.Own {
		one := order(&o.Settings.Own[i])
		missing := func() bool { _, err := os.Lstat(one.Path); return os.IsNotExist(err) }
		switch {
		case o.settled(one):
			lines = append(lines, one.Path+" belongs to "+one.Name+", as its mark says")
		case o.Ask(one.Path, missing):
			lines = append(lines, "makes "+one.Path+" for "+one.Name)
		default:
			lines = append(lines, "gives what is in "+one.Path+" and belongs to others to "+one.Name)
		}
	}
	return lines
}
