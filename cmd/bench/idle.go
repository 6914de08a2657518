package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Attaching interrupts the system call that a process sleeps in, and it may make
// a few until it sleeps again.
const attachTime = time.Second

// benchIdle counts the system calls of inits that have nothing to do. All are
// watched in the same stretch of time.
func benchIdle(r *rig) ([]row, error) {
	if _, err := exec.LookPath("strace"); err != nil {
		return nil, fmt.Errorf("%w (apt-get install strace)", err)
	}
	idle, err := r.idlers()
	if err != nil {
		return nil, err
	}
	g, err := r.startAll(idle.count)
	if err != nil {
		return nil, err
	}
	defer g.kill()

	tracers := map[*contestant]*tracer{}
	defer func() {
		for _, t := range tracers {
			t.stop()
		}
	}()
	for c, p := range g {
		own, _ := r.split(p)
		if tracers[c], err = r.trace(own); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	time.Sleep(attachTime)
	from := time.Now()
	time.Sleep(r.idle)
	to := time.Now()

	calls := results{}
	for c, t := range tracers {
		t.stop()
		n, err := t.calls(from, to)
		if err != nil {
			return nil, err
		}
		calls.add(c, float64(n))
	}
	name := "system calls in " + r.idle.String() + " idle, "
	inLaunch := metric{name + "launch mode", pieces, calls[idle.launch]}
	rows := []row{inLaunch.below(0)}
	for _, c := range idle.launchPeers {
		rows = append(rows, inLaunch.inform(c, calls))
	}
	inProduction := metric{name + "production mode", pieces, calls[idle.production]}
	rows = append(rows, inProduction.below(0))
	for _, c := range idle.productionPeers {
		rows = append(rows, inProduction.inform(c, calls))
	}
	return rows, nil
}

// tracer is a strace that is attached to the processes of one init.
type tracer struct {
	cmd *exec.Cmd
	log string
}

// trace attaches to pids and all their threads.
func (r *rig) trace(pids []int) (*tracer, error) {
	dir, err := r.emptyDir()
	if err != nil {
		return nil, err
	}
	t := &tracer{log: filepath.Join(dir, "calls")}
	args := []string{"-f", "-ttt", "-o", t.log}
	for _, pid := range pids {
		args = append(args, "-p", strconv.Itoa(pid))
	}
	t.cmd = exec.Command("strace", args...)
	stderr, err := t.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	said := ""
	lines := bufio.NewScanner(stderr)
	for attached := 0; attached < len(pids); {
		if !lines.Scan() {
			t.stop()
			return nil, fmt.Errorf("cannot attach strace: %s", strings.TrimSpace(said))
		}
		said += lines.Text() + "\n"
		if strings.Contains(lines.Text(), " attached") {
			attached++
		}
	}
	return t, nil
}

// stop detaches; the log is complete then. Further calls do nothing.
func (t *tracer) stop() {
	if t == nil || t.cmd.ProcessState != nil {
		return
	}
	_ = t.cmd.Process.Signal(syscall.SIGTERM)
	_ = t.cmd.Wait()
}

// calls counts the system calls that began between two moments.
func (t *tracer) calls(from, to time.Time) (int, error) {
	f, err := os.Open(t.log)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if at, ok := callTime(lines.Text()); ok && at.After(from) && at.Before(to) {
			n++
		}
	}
	return n, nil
}

// callTime reads a line "PID SECONDS.MICROSECONDS name(arguments) = ..." of
// strace. The end of a call that had been interrupted by another line, a signal
// and an exit are no calls.
func callTime(line string) (time.Time, bool) {
	_, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	stamp, what, ok := strings.Cut(strings.TrimSpace(rest), " ")
	if !ok || strings.HasPrefix(what, "<...") || strings.HasPrefix(what, "---") || strings.HasPrefix(what, "+++") {
		return time.Time{}, false
	}
	second, err := strconv.ParseFloat(stamp, 64)
	if err != nil {
		return time.Time{}, false
	}
	return time.UnixMicro(int64(second * 1e6)), true
}
