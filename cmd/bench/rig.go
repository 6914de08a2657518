package main

import (
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

//go:embed helper
var helperSources embed.FS

// rig is where things are measured: a directory with the compiled helpers and
// with what the inits under test find on their disk.
type rig struct {
	dir string // temporary; removed by close
	bin string // our binary, absolute
	// before is an earlier build of it, absolute, which takes the place of the peers; "":
	// the peers are measured.
	before string
	scale
}

// scale is how much is measured.
type scale struct {
	runs    int // of each contestant in the start benchmark
	signals int // to each contestant
	rounds  int // of what takes seconds
	orphans int
	ends    int // of programs beside the orphans
	few     int // programs of which each supervisor starts
	many    int
	crashes int
	logSize int // bytes that a program prints

	requests int // to a web application
	idle     time.Duration
	drain    time.Duration // of a web application that is stopped under load
	settle   time.Duration // until an init that has started is taken to be at rest
}

// fullScale derives everything from the runs of the start benchmark.
func fullScale(runs int) scale {
	return scale{
		runs: runs, signals: 3 * runs, rounds: max(1, runs/20),
		orphans: 20000, ends: 200, few: 100, many: 1000, crashes: max(2, runs/5), logSize: 1 << 30, requests: webRequests,
		idle:   20 * time.Second,
		drain:  time.Second,
		settle: 3 * time.Second, // ours says a second after the start that programs stay up
	}
}

// newRig compiles the helpers.
func newRig(bin string, s scale) (*rig, error) {
	bin, err := measurable(bin)
	if err != nil {
		return nil, fmt.Errorf("%w (make build)", err)
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	r := &rig{dir: dir, bin: bin, scale: s}
	if err := r.compile(); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// measurable is the absolute path of a binary that can be measured.
func measurable(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err == nil {
		_, err = exec.LookPath(path)
	}
	if err != nil {
		return "", fmt.Errorf("cannot measure %s: %w", path, err)
	}
	return path, nil
}

func (r *rig) close() { _ = os.RemoveAll(r.dir) }

// path names a file of the rig.
func (r *rig) path(elem ...string) string {
	return filepath.Join(append([]string{r.dir}, elem...)...)
}

// compile builds each helper/*.c into a static program of about 1 kB: without a
// C library, so that its own start costs as good as nothing.
func (r *rig) compile() error {
	if err := os.CopyFS(r.dir, helperSources); err != nil {
		return err
	}
	sources, err := filepath.Glob(r.path("helper", "*.c"))
	if err != nil {
		return err
	}
	for _, source := range sources {
		gcc := exec.Command("gcc", "-O2", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector", "-fno-pie", "-no-pie",
			"-Wl,--build-id=none", "-Wl,-z,noseparate-code", "-s", "-o", strings.TrimSuffix(source, ".c"), source)
		if out, err := gcc.CombinedOutput(); err != nil {
			return fmt.Errorf("cannot compile %s: %w\n%s(apt-get install gcc libc6-dev)", filepath.Base(source), err, out)
		}
	}
	return nil
}

// helper is the path of a compiled helper.
func (r *rig) helper(name string) string { return r.path("helper", name) }

// pid1 is an init under test, running as PID 1 of namespaces of its own.
type pid1 struct {
	cmd     *exec.Cmd
	reports reports // what descriptor 3 of everything inside is written to
	stderr  *os.File
	started uint64 // CLOCK_MONOTONIC in front of its execve
}

// spawn starts argv as PID 1 of a new PID namespace, with a /proc of its own in
// a new mount namespace, in directory dir.
func (r *rig) spawn(dir string, argv ...string) (*pid1, error) {
	return r.spawnTo(nil, dir, argv...)
}

// spawnTo is spawn with a standard output; nil: nobody reads it.
func (r *rig) spawnTo(stdout *os.File, dir string, argv ...string) (*pid1, error) {
	file, err := exec.LookPath(argv[0])
	if err != nil {
		return nil, err
	}
	pipe, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	stderr, err := os.CreateTemp(r.dir, "stderr-")
	if err != nil {
		pipe.Close()
		return nil, err
	}
	cmd := exec.Command(r.helper("stage"), append([]string{file}, argv[1:]...)...)
	cmd.Dir = dir
	// A control socket of its own: an init looks whether somebody answers at the usual one,
	// and another one of ours that runs beside it would spend memory on the answer.
	cmd.Env = []string{"ENTRYPOINT_SOCKET=" + filepath.Join(dir, "control.sock"), "PATH=" + r.path("bin") + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"}
	if stdout != nil {
		cmd.Stdout = stdout
	}
	cmd.Stderr = stderr
	cmd.ExtraFiles = []*os.File{w}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
		Setsid:     true, // no terminal to hand over
	}
	if err := cmd.Start(); err != nil {
		pipe.Close()
		stderr.Close()
		return nil, err
	}
	p := &pid1{cmd: cmd, reports: reports{pipe}, stderr: stderr}
	if p.started, err = p.read(reportTimeout); err != nil {
		p.kill()
		return nil, fmt.Errorf("cannot mount /proc in a namespace of its own: stage ended with %v (see helper/stage.c): %w", p.cmd.ProcessState, err)
	}
	return p, nil
}

// reportTimeout bounds what happens soon unless something is broken. It is long:
// a machine may have much else to do.
const reportTimeout = time.Minute

// read returns the next number that something inside has reported.
func (p *pid1) read(timeout time.Duration) (uint64, error) {
	n, err := p.reports.next(timeout)
	if err != nil {
		return 0, fmt.Errorf("it reports nothing: %w; it said: %s", err, p.said())
	}
	return n, nil
}

// pid is its process id out here.
func (p *pid1) pid() int { return p.cmd.Process.Pid }

// kill ends it, and with it everything in its namespace.
func (p *pid1) kill() {
	_ = p.cmd.Process.Kill()
	p.wait()
}

// wait waits for its end.
func (p *pid1) wait() {
	_ = p.cmd.Wait()
	p.reports.Close()
	p.stderr.Close()
	_ = os.Remove(p.stderr.Name())
}

// said is what it has written to its standard error so far.
func (p *pid1) said() string {
	text, _ := os.ReadFile(p.stderr.Name())
	return strings.TrimSpace(string(text))
}

// stop sends a signal that asks it to end, and waits until it has.
func (p *pid1) stop(sig syscall.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil {
		return err
	}
	late := time.AfterFunc(stopTimeout, func() { _ = p.cmd.Process.Kill() })
	p.wait()
	if !late.Stop() {
		return fmt.Errorf("it has not ended %v after %v", stopTimeout, sig)
	}
	return nil
}

const stopTimeout = time.Minute
