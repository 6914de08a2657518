package ctl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"entrypoint/config/nearest"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/visible"
)

// The exit codes (doc.go).
const (
	codeOK         = 0
	codeFailed     = 1
	codeUsage      = 2
	codeDown       = 3 // of status
	codeNoServer   = 4
	codeNotRunning = 7
)

// Run carries out "entry-point ctl ARGS" and returns its exit code. args are the
// words behind ctl, env is the environment as os.Environ has it. Files that are
// terminals get colours and have control characters escaped. main is for the completion
// of shells.
func Run(main Main, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := newCLI(env, stdin, stdout, stderr)
	c.main = main
	return c.run(args)
}

// RunFor is Run for a client that has no threads to do it itself, in the process of
// the server, which connect returns a client of.
func RunFor(main Main, args []string, connect func() (*control.Client, error), stdout, stderr io.Writer) int {
	c := newCLI(nil, strings.NewReader(""), stdout, stderr)
	c.lent, c.main = true, main
	c.connect = func(string, time.Duration) (requester, string, error) {
		server, err := connect()
		if err != nil {
			return nil, "", err
		}
		return server, server.Name(), nil
	}
	return c.run(args)
}

// cli is one call of ctl.
type cli struct {
	options
	env    []string
	in     io.Reader
	out    *bufio.Writer
	screen io.Writer // what out writes to
	err    io.Writer
	tty    bool // out is a terminal
	errTTY bool
	color  bool
	lent   bool // it runs in the server's process (RunFor)
	main   Main
	code   int // of exit: the last failure's

	connect func(path string, timeout time.Duration) (server requester, where string, err error)
	now     func() time.Time
	unknown []string // names that mean no program
	socket  string   // that was asked for; "": none
	where   string   // the server is, or should be
	server  requester
}

func newCLI(env []string, stdin io.Reader, stdout, stderr io.Writer) *cli {
	_, tty := terminal(stdout)
	_, errTTY := terminal(stderr)
	return &cli{
		env: env, in: stdin, out: bufio.NewWriter(stdout), screen: stdout, err: stderr, tty: tty, errTTY: errTTY,
		connect: connect, now: time.Now,
	}
}

// command is one word of the command line.
type command struct {
	name  string
	args  string // for the help
	about string
	names int    // how many words it wants at least
	most  int    // and at most; -1: any number
	takes string // its options, by their long names, beside those of every command
	run   func(*cli, []string) error
}

// general are the options that every command takes.
const general = "socket timeout no-color help"

// commands are all of them, in the order of the help.
func commands() []command {
	return []command{
		{"status", "[NAME...]", "state of the programs, and why", 0, -1, "json", (*cli).status},
		{"start", "NAME...", "start programs, and wait until they are up", 1, -1, "json no-wait", (*cli).start},
		{"stop", "NAME...", "stop programs, and wait for their end", 1, -1, "json no-wait", (*cli).stop},
		{"restart", "NAME...", "stop and start", 1, -1, "json no-wait", (*cli).restart},
		{"reload", "NAME...", "let programs read their own configuration again", 0, -1, "json", (*cli).reload},
		{"signal", "SIGNAL NAME...", "send a signal to programs", 2, -1, "json", (*cli).signal},
		{"logs", "[NAME...]", "what programs have printed; -f: and print", 0, -1, "json follow lines stream main", (*cli).logs},
		{"tail", "NAME...", "the same as logs", 1, -1, "json follow lines stream main", (*cli).logs},
		{"clear", "NAME...", "empty the log files of programs", 1, -1, "json", (*cli).clear},
		{"events", "", "what has happened; -f: and happens", 0, 0, "json follow", (*cli).events},
		{"top", "[NAME...]", "CPU and memory of the programs", 0, -1, "json", (*cli).top},
		{"pid", "[NAME...]", "process id of entry-point, or of programs", 0, -1, "json", (*cli).pid},
		{"info", "", "entry-point itself, and the steps of this start's prelude", 0, 0, "json", (*cli).info},
		{"health", "", "exit 0 if everything is ready, else 1 (for HEALTHCHECK)", 0, 0, "json", (*cli).health},
		{"reread", "", "what an update would change", 0, 0, "json", (*cli).reread},
		{"update", "", "read entry-point's configuration again, and carry it out", 0, 0, "json", (*cli).update},
		{"shutdown", "", "stop everything, and the container", 0, 0, "json", (*cli).shutdown},
		{"completion", "SHELL", "print a completion script for bash, zsh or fish", 1, 1, "", (*cli).completion},
		{"help", "[COMMAND]", "print this help", 0, 1, "", (*cli).help},
	}
}

// Names are the names of all commands.
func Names() []string {
	var names []string
	for _, known := range commands() {
		names = append(names, known.name)
	}
	return names
}

func findCommand(name string) (*command, error) {
	list := commands()
	if i := slices.IndexFunc(list, func(c command) bool { return c.name == name }); i >= 0 {
		return &list[i], nil
	}
	return nil, usageError{fmt.Sprintf("unknown command %q", name) + nearest.Hint(name, Names())}
}

// usageError is a mistake on the command line.
type usageError struct{ reason string }

func (e usageError) Error() string { return e.reason + " (see entry-point ctl help)" }

func (c *cli) run(args []string) int {
	err := c.dispatch(args)
	if flushErr := c.out.Flush(); err == nil {
		err = flushErr
	}
	if err == nil && len(c.unknown) > 0 && !c.JSON {
		c.suggest()
	}
	if c.server != nil {
		closeServer(c.server)
	}
	if err != nil {
		c.complain(err.Error())
		c.code = codeOf(err, c.code)
	}
	return c.code
}

func (c *cli) dispatch(args []string) error {
	words, err := c.parse(args)
	if err != nil {
		return err
	}
	if c.Help {
		return c.help(nil)
	}
	if len(words) == 0 {
		return usageError{"no command given"}
	}
	found, err := findCommand(words[0])
	if err != nil {
		return err
	}
	words = words[1:]
	switch ignored := c.ignored(found); {
	case ignored != "":
		return usageError{fmt.Sprintf("%s takes no option %s", found.name, ignored)}
	case c.lent && (c.Follow || found.name == "top"):
		return errors.New("logs -f, events -f and top need a process of their own, and the container may have no more processes (its limit is used up)")
	case len(words) < found.names:
		return usageError{fmt.Sprintf("%s wants %s", found.name, found.args)}
	case found.most >= 0 && len(words) > found.most:
		return usageError{fmt.Sprintf("%s: unexpected argument %q", found.name, words[found.most])}
	}
	return found.run(c, words)
}

// codeOf is the exit code after an error; code is what was known before it.
func codeOf(err error, code int) int {
	var usage usageError
	var unreachable noServer
	var refused *control.Error
	switch {
	case errors.As(err, &usage):
		return codeUsage
	case errors.As(err, &unreachable), errors.As(err, &refused) && refused.Code == control.NotAllowed:
		return codeNoServer
	case errors.As(err, &refused) && refused.Code == control.NotRunning:
		return codeNotRunning
	}
	return max(code, codeFailed)
}

// complain writes one line about a mistake.
func (c *cli) complain(text string) {
	_ = c.out.Flush() // what was written before it stands before it
	fmt.Fprintf(c.err, "entry-point ctl: %s\n", visible.Lines(text))
}
