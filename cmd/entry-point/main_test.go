package main_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/skip"
)

// binary is the real entry-point, built once; every test here runs it. The gateway
// lies beside it.
var binary string

// testsPerCPU is how many tests run at a time, unless -parallel says otherwise: they wait for
// what other processes do, which are several for each and need the processors themselves.
const testsPerCPU = 2

func TestMain(m *testing.M) {
	if numbers := os.Getenv(denyEnv); numbers != "" {
		fmt.Fprintln(os.Stderr, denied(numbers))
		os.Exit(1)
	}
	for _, sig := range []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT} {
		if signal.Ignored(sig) { // by nohup, or a shell's &: entry-point and its programs would go on ignoring it
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", strconv.Itoa(testsPerCPU*runtime.GOMAXPROCS(0)))
	}
	dir, err := os.MkdirTemp("", "entry-point-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "entry-point")
	_ = os.Chmod(dir, 0o755)                      // the gateway is executed by nobody
	build := exec.Command("../../.ci/build", dir) // as it is shipped
	build.Env = append(os.Environ(), "VERSION=dev", "COMMIT=unknown")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "cannot build entry-point: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// initProcess is entry-point as a real PID 1, in a PID namespace of its own.
type initProcess struct {
	*exec.Cmd
	t      *testing.T
	stdout output
	stderr output
	done   chan struct{}
}

// output collects what a process prints and wakes those who wait for it.
type output struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.changed != nil {
		close(o.changed)
		o.changed = nil
	}
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func (o *output) next() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.changed == nil {
		o.changed = make(chan struct{})
	}
	return o.changed
}

// prepare makes the command for entry-point as PID 1; start it with run.
func prepare(t *testing.T, args ...string) *initProcess {
	t.Helper()
	skip.Unless(t, os.Geteuid() == 0, "root, for a PID namespace")
	p := &initProcess{Cmd: exec.Command(binary, args...), t: t, done: make(chan struct{})}
	p.Dir = t.TempDir()
	p.Env = append(os.Environ(), "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	p.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	return p
}

func (p *initProcess) start() *initProcess {
	p.t.Helper()
	if err := p.Start(); err != nil {
		p.t.Fatalf("cannot start entry-point: %v", err)
	}
	go func() {
		_ = p.Wait()
		close(p.done)
	}()
	p.t.Cleanup(func() {
		_ = p.Process.Kill() // the whole namespace goes with its PID 1
		<-p.done
	})
	return p
}

func start(t *testing.T, args ...string) *initProcess {
	t.Helper()
	return prepare(t, args...).start()
}

// patience bounds every wait; reaching it is a failure.
const patience = eventually.Patience

// code waits for the end and returns the exit code.
func (p *initProcess) code() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("has not ended; stdout:\n%sstderr:\n%s", p.stdout.String(), p.stderr.String())
	}
	return p.ProcessState.ExitCode()
}

// wantCode fails unless it ends with that exit code.
func (p *initProcess) wantCode(want int) {
	p.t.Helper()
	if got := p.code(); got != want {
		p.t.Errorf("exit code %d, want %d; stdout:\n%sstderr:\n%s", got, want, p.stdout.String(), p.stderr.String())
	}
}

// await waits until text stands in the output.
func (p *initProcess) await(o *output, text string) {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		changed := o.next()
		if strings.Contains(o.String(), text) {
			return
		}
		select {
		case <-changed:
		case <-p.done:
			if !strings.Contains(o.String(), text) {
				p.t.Fatalf("ended (%v) without printing %q; stdout:\n%sstderr:\n%s", p.ProcessState, text, p.stdout.String(), p.stderr.String())
			}
			return
		case <-deadline:
			p.t.Fatalf("has not printed %q; stdout:\n%sstderr:\n%s", text, p.stdout.String(), p.stderr.String())
		}
	}
}

// kill sends a signal from outside of the namespace, as docker kill does.
func (p *initProcess) kill(sig syscall.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(sig); err != nil {
		p.t.Fatalf("cannot send %v: %v", sig, err)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// startPlain makes an ordinary command of the machine.
func startPlain(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath(name)
	skip.Unless(t, err == nil, name)
	return exec.Command(path, args...)
}
