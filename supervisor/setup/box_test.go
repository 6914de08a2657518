package setup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/skip"
)

const boxVariable = "ENTRY_POINT_SETUP_BOX"

// box is a container as far as setup can tell: a Debian root tree under an
// overlay, with mounts and process numbers of its own, in which this test binary
// is PID 1. The overlay's upper half stays between two runs, as a container's
// does between docker stop and docker start.
type box struct {
	t    *testing.T
	Spec boxSpec
}

// boxSpec is what the process inside needs to know.
type boxSpec struct {
	Lower, Upper, Work, Root string
	Binds                    map[string]string // inside: outside
	ReadOnly                 []string          // inside
	Env                      []string
	Policy                   string
	UID                      int
	Verbose                  bool
	Impatient                bool          // does not wait between attempts
	NoProcess                bool          // starting a process ends the test
	Exec                     []string      // run this instead of the setup
	Budget                   time.Duration // of a step that was told to stop
}

const boxPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// newBox makes a box over the tree with these Debian packages. Its working
// directory is /app, a volume that volume names or a directory of its own.
func newBox(t *testing.T, volume string, packages ...string) *box {
	t.Helper()
	lower := rootTree(t, packages...)
	dir := t.TempDir()
	b := &box{t: t, Spec: boxSpec{
		Lower: lower, Upper: filepath.Join(dir, "upper"), Work: filepath.Join(dir, "work"), Root: filepath.Join(dir, "root"),
		Env: []string{boxPath, "HOME=/root"}, Binds: map[string]string{}, Budget: 5 * time.Second,
	}}
	if volume == "" {
		volume = filepath.Join(dir, "app")
		must(t, os.Mkdir(volume, 0o755))
	}
	b.Spec.Binds["/app"] = volume
	for _, d := range []string{b.Spec.Upper, b.Spec.Work, b.Spec.Root} {
		must(t, os.Mkdir(d, 0o755))
	}
	return b
}

// rootTree returns the path of a root tree, which .ci/rootfs makes.
func rootTree(t *testing.T, packages ...string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		unavailable(t, "not root: cannot make a mount namespace with a Debian root")
	}
	if _, err := exec.LookPath("debootstrap"); err != nil {
		unavailable(t, "debootstrap not found: apt-get install debootstrap")
	}
	out, err := exec.Command("../../.ci/rootfs", packages...).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		unavailable(t, "no Debian root: "+string(exit.Stderr))
	}
	must(t, err)
	return strings.TrimSpace(string(out))
}

// unavailable skips a test that this machine cannot run; CI can run all of them.
func unavailable(t *testing.T, why string) {
	t.Helper()
	skip.Unless(t, false, why)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write writes a file of the container, or of its volume, from outside.
func (b *box) write(path, text string) {
	b.t.Helper()
	outside := b.Spec.Upper + path
	if name, ok := strings.CutPrefix(path, "/app/"); ok {
		outside = filepath.Join(b.Spec.Binds["/app"], name)
	}
	must(b.t, os.MkdirAll(filepath.Dir(outside), 0o755))
	mode := os.FileMode(0o644)
	if strings.HasPrefix(text, "#!") {
		mode = 0o755
	}
	must(b.t, os.WriteFile(outside, []byte(text), mode))
}

// there reports whether a file is in the container.
func (b *box) there(path string) bool {
	if name, ok := strings.CutPrefix(path, "/app/"); ok {
		return there(filepath.Join(b.Spec.Binds["/app"], name))
	}
	info, err := os.Lstat(b.Spec.Upper + path)
	if err == nil {
		return info.Mode()&os.ModeCharDevice == 0 // else a whiteout
	}
	return there(b.Spec.Lower + path)
}

// running is a start of the box.
type running struct {
	t     *testing.T
	cmd   *exec.Cmd
	ended chan struct{}

	mu     sync.Mutex
	output bytes.Buffer
	grown  chan struct{}
}

func (r *running) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case r.grown <- struct{}{}:
	default:
	}
	return r.output.Write(p)
}

func (r *running) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.output.String()
}

// start starts the box with changes to its spec.
func (b *box) start(change func(*boxSpec)) *running {
	b.t.Helper()
	spec := b.Spec
	if change != nil {
		change(&spec)
	}
	text, err := json.Marshal(spec)
	must(b.t, err)
	r := &running{t: b.t, ended: make(chan struct{}), grown: make(chan struct{}, 1)}
	r.cmd = exec.Command("/proc/self/exe")
	// The race detector waits a second before a process ends, unless told not to.
	r.cmd.Env = append(os.Environ(), boxVariable+"="+string(text), "GORACE=atexit_sleep_ms=0")
	r.cmd.Stdout, r.cmd.Stderr = r, r
	r.cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
	}
	// All processes of a box die with its PID 1; one that holds the pipe cannot stay.
	must(b.t, r.cmd.Start())
	go func() { _ = r.cmd.Wait(); close(r.ended) }()
	return r
}

// wait waits for the end and returns the exit code, -1 for one that was killed.
func (r *running) wait() int {
	r.t.Helper()
	select {
	case <-r.ended:
	case <-time.After(2 * time.Minute):
		_ = r.cmd.Process.Kill()
		r.t.Fatalf("box has not ended:\n%s", r.text())
	}
	return r.cmd.ProcessState.ExitCode()
}

// waitFor waits until the box has printed some text.
func (r *running) waitFor(text string) {
	r.t.Helper()
	timeout := time.After(time.Minute)
	for !strings.Contains(r.text(), text) {
		select {
		case <-r.grown:
		case <-r.ended:
			if !strings.Contains(r.text(), text) {
				r.t.Fatalf("box ended without %q:\n%s", text, r.text())
			}
		case <-timeout:
			_ = r.cmd.Process.Kill()
			r.t.Fatalf("no %q:\n%s", text, r.text())
		}
	}
}

// run runs the setup in the box to its end.
func (b *box) run(change func(*boxSpec)) (output string, code int) {
	b.t.Helper()
	r := b.start(change)
	code = r.wait()
	return r.text(), code
}

// ready runs the setup, which must succeed.
func (b *box) ready(change func(*boxSpec)) string {
	b.t.Helper()
	out, code := b.run(change)
	if code != 0 {
		b.t.Fatalf("setup: exit code %d:\n%s", code, out)
	}
	return out
}

// sh runs a command in the box and returns its output.
func (b *box) sh(script string) string {
	b.t.Helper()
	out, code := b.run(func(s *boxSpec) { s.Exec = []string{"sh", "-ec", script} })
	if code != 0 {
		b.t.Fatalf("%s: exit code %d:\n%s", script, code, out)
	}
	return strings.TrimSpace(out)
}

// boxMain is the process inside.
func boxMain(text string) int {
	var spec boxSpec
	err := json.Unmarshal([]byte(text), &spec)
	if err == nil {
		err = spec.enter()
	}
	if err != nil {
		fmt.Println("box:", err)
		return 99
	}
	launcher := &launch.Launcher{Table: process.Open(), Budget: spec.Budget, Log: func(s string) { fmt.Println(s) }}
	o := Options{
		Dir: "/app", Env: spec.Env, Run: launcher.Run, Sleep: launcher.Sleep,
		Setenv: func(key, value string) { fmt.Println("box: " + key + "=" + value) },
		Log:    func(s string) { fmt.Println(s) }, Output: passOn(spec.Verbose), Budget: spec.Budget,
	}
	if spec.Impatient {
		o.Sleep = func(time.Duration) syscall.Signal { return 0 }
	}
	if spec.NoProcess {
		o.Run = func(c *launch.Command) (launch.Result, error) {
			fmt.Println("box: started", c.Argv)
			os.Exit(98)
			return launch.Result{}, nil
		}
	}
	if spec.Exec != nil {
		result, err := launcher.Run(&launch.Command{Argv: spec.Exec, Env: spec.Env, Dir: "/app"})
		if err != nil {
			fmt.Println("box:", err)
		}
		return result.Code
	}
	if o.Policy, err = ParsePolicy(spec.Policy); err != nil {
		fmt.Println("box:", err)
		return 64
	}
	start := time.Now()
	err = Run(&o)
	took := time.Since(start)
	var failed *Error
	var aborted *Aborted
	switch {
	case errors.As(err, &aborted):
		fmt.Println("box: aborted:", aborted.Signal)
		return 128 + int(aborted.Signal)
	case errors.As(err, &failed):
		fmt.Println("box: error:", err)
		return failed.Code
	case err != nil:
		fmt.Println("box: odd error:", err)
		return 97
	}
	fmt.Println("box: ready after", took)
	return 0
}

// enter makes the container around this process.
func (s *boxSpec) enter() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	overlay := "lowerdir=" + s.Lower + ",upperdir=" + s.Upper + ",workdir=" + s.Work
	if err := syscall.Mount("overlay", s.Root, "overlay", 0, overlay); err != nil {
		return fmt.Errorf("overlay: %w", err)
	}
	for inside, outside := range s.Binds {
		if err := os.MkdirAll(s.Root+inside, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount(outside, s.Root+inside, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind %s: %w", inside, err)
		}
	}
	for _, inside := range s.ReadOnly {
		flags := uintptr(syscall.MS_BIND | syscall.MS_REMOUNT | syscall.MS_RDONLY)
		if err := syscall.Mount("", s.Root+inside, "", flags, ""); err != nil {
			return fmt.Errorf("read-only %s: %w", inside, err)
		}
	}
	if err := syscall.Mount("proc", s.Root+"/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("proc: %w", err)
	}
	// How this machine reaches the Debian mirror is lent to the container.
	for _, file := range []string{"/etc/resolv.conf", "/etc/hosts"} {
		if err := copyFile(file, s.Root+file); err != nil {
			return err
		}
	}
	if err := syscall.Chroot(s.Root); err != nil {
		return err
	}
	if err := os.Chdir("/app"); err != nil {
		return err
	}
	if s.UID != 0 {
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(s.UID), syscall.Setuid(s.UID)); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return nil
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func passOn(verbose bool) func([]byte) {
	if !verbose {
		return nil
	}
	return func(text []byte) { _, _ = os.Stdout.Write(text) }
}
