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
