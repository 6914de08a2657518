package launch

import (
	"cmp"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"entrypoint/supervisor/process"
	"entrypoint/supervisor/verdict"
)

// run is the state of one command from its start to its end.
type run struct {
	*Launcher
	command  *Command
	pid      int
	terminal *os.File // handed over to the command; nil: none

	startedAt time.Time
	endedAt   time.Time
	ended     bool
	status    syscall.WaitStatus
	err       error  // why the command has never run; nil: it has
	sent      uint64 // the signals that we have sent it, a bit for each

	stopped   syscall.Signal // the first stop signal that arrived
	stoppedAt time.Time
	asked     bool      // that has set killAt
	killAt    time.Time // when its process group gets SIGKILL; zero: never, so far
	late      bool      // its Limit was over
	suspended bool      // we forwarded a signal that asks the command to stop (job control)
}

// wait forwards signals and reaps until the command has ended.
func (r *run) wait() {
	for {
		r.Table.Reap(r.exit)
		if r.ended {
			return
		}
		for _, sig := range r.Table.Wait(r.due()) {
			r.forward(sig)
		}
		if limit := r.command.KillAfter; limit > 0 && r.stopped != 0 && !r.asked {
			r.asked, r.killAt = true, r.stoppedAt.Add(limit)
		}
		if due := r.due(); !due.IsZero() && !time.Now().Before(due) {
			r.hurry()
		}
	}
}

// lateGrace is how long a command may live after its Limit.
const lateGrace = 2 * time.Second

// due is when the command has taken too long; zero: it has as long as it likes.
func (r *run) due() time.Time {
	if r.killAt.IsZero() && r.command.Limit > 0 {
		return r.startedAt.Add(r.command.Limit)
	}
	return r.killAt
}

// hurry ends a command that has taken too long.
func (r *run) hurry() {
	sig, wait := syscall.SIGKILL, cmp.Or(r.command.KillAfter, lateGrace)
	if r.killAt.IsZero() {
		r.late = true
		sig, wait = syscall.SIGTERM, lateGrace
	} else if r.stopped != 0 {
		r.Log("killing " + r.command.Argv[0] + ": it has not ended within " + r.command.KillAfter.String())
	}
	r.sent |= 1 << sig
	_ = r.Table.SignalGroup(r.pid, sig)
	r.killAt = time.Now().Add(wait)
}

// exit takes one exit from the table.
func (r *run) exit(e process.Exit) {
	switch {
	case e.PID != r.pid:
		if !e.Status.Stopped() {
			r.trace("reaped orphan ", strconv.Itoa(e.PID), ": ", process.Describe(e.Status))
		}
	case e.Status.Stopped():
		r.suspend(e.Status.StopSignal())
	default:
		r.ended, r.status, r.err, r.endedAt = true, e.Status, e.Err, time.Now()
		r.trace(r.command.Argv[0], " ended: ", process.Describe(e.Status))
	}
}

// forward passes a signal on to the command.
func (r *run) forward(sig syscall.Signal) {
	if process.Stops(sig) && r.stopped == 0 {
		r.stopped, r.stoppedAt = sig, time.Now()
	}
	if sig == syscall.SIGCONT && r.terminal != nil {
		r.resume()
	}
	send := sig
	if to, ok := r.command.Rewrite[sig]; ok {
		send = to
	} else if (sig == process.Halt || sig == syscall.SIGPWR) && process.Ignorant(r.pid, sig) {
		// Meant for an init, such as systemd. Any other command would die of it, or
		// hear nothing.
		send = syscall.SIGTERM
	}
	if send == 0 {
		r.trace("dropped ", process.SignalName(sig))
		return
	}
	switch send {
	case syscall.SIGSTOP, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU:
		r.suspended = true
	case syscall.SIGCONT:
		r.suspended = false
	}
	r.sent |= 1 << send
	// ESRCH: the command has ended and its exit is on its way to us.
	signal := r.Table.Signal
	if r.command.Group {
		signal = r.Table.SignalGroup
	}
	if signal(r.pid, send) == syscall.EPERM {
		r.Log("cannot forward " + process.SignalName(sig) + ": " + r.command.Argv[0] + " runs as another user, and the container has no CAP_KILL")
	}
	if process.Stops(send) { // a stopped process acts on it only when it goes on
		_ = signal(r.pid, syscall.SIGCONT)
	}
	r.trace("forwarded ", process.SignalName(sig), " as ", process.SignalName(send), " to process ", strconv.Itoa(r.pid))
}

// suspend is called when the command, which holds the terminal, has stopped.
// Under a shell with job control we stop as well, so that the shell gets its
// prompt back and fg works. As PID 1 there is no such shell: the kernel keeps
// an init from being stopped by Ctrl-Z, and so do we for the command that
// stands in its place, unless someone sent us the signal on purpose.
func (r *run) suspend(sig syscall.Signal) {
	if r.suspended || sig != syscall.SIGTSTP {
		return
	}
	if r.Table.IsInit() {
		_ = r.Table.SignalGroup(r.pid, syscall.SIGCONT)
		return
	}
	_ = process.GiveTerminal(r.terminal, syscall.Getpgrp())
	_ = syscall.Kill(0, syscall.SIGSTOP) // our group: the shell started all of it as one job
}

// resume hands the terminal back to the command if a shell's fg gave it to us.
func (r *run) resume() {
	if process.ForegroundTerminal(r.terminal) == nil {
		return // bg: we stay in the background, and so does the command
	}
	_ = process.GiveTerminal(r.terminal, r.pid)
	_ = r.Table.SignalGroup(r.pid, syscall.SIGCONT)
}

// leastGrace is how much time leftovers have at least, also if the command itself has used
// more than the whole stop budget.
const leastGrace = time.Second

// sweep ends what the command has left behind within what remains of the stop
// budget. left says whether there was something, though the command has ended by itself.
func (r *run) sweep() (left bool) {
	deadline := time.Now().Add(r.Budget)
	if r.stopped != 0 {
		deadline = r.stoppedAt.Add(r.Budget)
	}
	if now := time.Now(); deadline.Before(now) {
		// The command itself has taken longer than the budget, which only who has
		// more patience lets it.
		deadline = now.Add(leastGrace)
	}
	swept := r.Table.Sweep(r.pid, deadline, func(e process.Exit) {
		r.exit(e)
		sig := e.Status.Signal()
		left = left || r.stopped == 0 && !r.late && (sig == syscall.SIGTERM || sig == syscall.SIGKILL)
	})
	switch swept {
	case process.SweptKilled:
		r.Log("killed what " + r.command.Argv[0] + " left behind: it had not ended on SIGTERM")
	case process.SweptNot:
		r.Log("what " + r.command.Argv[0] + " left behind is still there: it survives SIGKILL, or cannot be found without /proc")
	}
	return left
}

// verdict says why the command has ended if that is not obvious to whoever started it.
func (r *run) verdict() (text string, record *verdict.Record) {
	sig := syscall.Signal(0)
	if r.status.Signaled() {
		sig = r.status.Signal()
	}
	switch {
	case r.sent&(1<<sig) != 0 && sig != 0, sig == syscall.SIGPIPE:
		return "", nil
	case r.terminal != nil && (sig == syscall.SIGINT || sig == syscall.SIGQUIT || sig == syscall.SIGHUP):
		return "", nil // somebody has typed Ctrl-C or the like there
	case sig == 0 && process.Code(r.status) != process.CodeSignal+int(syscall.SIGKILL):
		return "", nil
	}
	if r.err != nil {
		return "", nil
	}
	f := &verdict.Facts{Status: r.status, Up: r.endedAt.Sub(r.startedAt)}
	if r.Table.IsInit() { // the control group is as old as we are
		f.Memory = verdict.ReadMemory(r.Files)
	}
	if sig == 0 && !f.OutOfMemory() {
		return "", nil // an exit code like any other
	}
	v := verdict.Explain(f)
	name := filepath.Base(r.command.Argv[0])
	return name + ": " + v.Sentence(), v.Record(name, f)
}
