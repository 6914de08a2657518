package config

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/eventually"
)

// running is a program that a test has started as the supervisor would.
type running struct {
	t    *testing.T
	p    *Program
	cmd  *exec.Cmd
	out  strings.Builder
	done chan struct{}
}

func run(t *testing.T, p *Program) *running {
	t.Helper()
	r := &running{t: t, p: p, cmd: exec.Command(p.Command[0], p.Command[1:]...), done: make(chan struct{})}
	r.cmd.Dir = p.Directory
	r.cmd.Env = append(os.Environ(), p.Environment...)
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.out
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r.cmd.WaitDelay = time.Second // a process left behind holds the pipe
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = r.cmd.Wait()
		close(r.done)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
		<-r.done
		if t.Failed() {
			t.Logf("%s printed\n%s", p.Command[0], r.out.String())
		}
	})
	return r
}

// within asks for a condition at short intervals, until it holds or d is over.
func (r *running) within(d time.Duration, condition func() bool) bool {
	ask := time.NewTicker(10 * time.Millisecond)
	defer ask.Stop()
	limit := time.After(d)
	for !condition() {
		select {
		case <-ask.C:
		case <-limit:
			return condition()
		}
	}
	return true
}

func (r *running) until(what string, condition func() bool) {
	r.t.Helper()
	if limit := time.Minute; !r.within(limit, condition) { // a busy machine takes its time
		r.t.Fatalf("%s: not within %v", what, limit)
	}
}

// ready waits for the program as a dependent program would.
func (r *running) ready() {
	r.t.Helper()
	r.until("ready at "+r.p.Ready.Address, func() bool {
		c, err := net.Dial(r.p.Ready.Network(), r.p.Ready.Address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// alive says whether the process that was started is still there.
func (r *running) alive() bool {
	select {
	case <-r.done:
		return false
	default:
		return true
	}
}

// stop climbs the stop ladder until the process and its group have ended, and
// returns the exit code. The last signal gets all the time that it needs: how many
// seconds are enough depends on the machine.
func (r *running) stop() int {
	r.t.Helper()
	return r.climb(r.p.StopSignals)
}

// stopGently is stop with the first signal only, as often in a row as the ladder
// has it: uWSGI may lose it.
func (r *running) stopGently() int {
	r.t.Helper()
	gentle := 1
	for gentle < len(r.p.StopSignals) && r.p.StopSignals[gentle].Signal == r.p.StopSignals[0].Signal {
		gentle++
	}
	return r.climb(r.p.StopSignals[:gentle])
}

func (r *running) climb(ladder []StopSignal) int {
	r.t.Helper()
	ended := func() bool { return !r.alive() && len(r.group()) == 0 }
	for i, rung := range ladder {
		wait := rung.Wait
		if i == len(ladder)-1 {
			wait = eventually.Patience
		}
		target := r.cmd.Process.Pid
		if r.p.StopAsGroup || rung.Group {
			target = -target
		}
		if err := syscall.Kill(target, rung.Signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			r.t.Fatal(err)
		}
		if r.within(wait, ended) {
			return r.cmd.ProcessState.ExitCode()
		}
	}
	r.t.Fatalf("%v have not ended it; %v are left", ladder, r.group())
	return -1
}

// group is the processes of the program's group that are not zombies.
func (r *running) group() (pids []string) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		r.t.Fatal(err)
	}
	for _, e := range entries {
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		// PID (NAME) STATE PPID PGRP: the name may contain anything.
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		if fields[0] != "Z" && fields[2] == strconv.Itoa(r.cmd.Process.Pid) {
			pids = append(pids, e.Name())
		}
	}
	return pids
}

// open asks for a page and returns when its head is there: the request is under
// way then. A connection for each request: none is kept open.
func open(t *testing.T, url string) io.Reader {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", url, res.Status)
	}
	return res.Body
}

// send sends a signal as the supervisor would.
func (r *running) send(sig syscall.Signal) {
	r.t.Helper()
	target := r.cmd.Process.Pid
	if r.p.StopAsGroup {
		target = -target
	}
	if err := syscall.Kill(target, sig); err != nil {
		r.t.Fatal(err)
	}
}

// incarnation is another text after a reload: the processes of the group, and
// when the program of the first one was executed.
func (r *running) incarnation() string {
	exe, err := os.ReadFile("/proc/" + strconv.Itoa(r.cmd.Process.Pid) + "/auxv")
	if err != nil {
		return ""
	}
	return strings.Join(r.group(), " ") + "\x00" + string(exe)
}
