package launch

import (
	"cmp"
	"os"
	"strconv"
	"syscall"
	"time"

	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/shortage"
	"entrypoint/supervisor/verdict"
)

// Command is one command to run to its end.
type Command struct {
	Argv []string // Argv[0] is looked up in the PATH of Env
	File string   // the executable; "": Argv[0] is
	Env  []string // nil: our own environment
	Dir  string   // "": our own working directory

	Stdin, Stdout, Stderr *os.File   // nil: our own
	Files                 []*os.File // inherited as the descriptors from 3 on

	Credential *syscall.Credential // nil: run as we are
	Settings   process.Settings

	// Inherited are descriptors of our own that the command has under the same
	// numbers, as process.Spec has it. Those that are not close-on-exec it has
	// in any case.
	Inherited []int
	// Handed is how many of them, from 3 on, are listening sockets that were
	// handed to us (sd_listen_fds(3)), and HandedNames are their names.
	Handed      int
	HandedNames []string

	// Terminal hands the terminal on standard input over to the command, if
	// there is one and it is ours, for job control.
	Terminal bool

	// Group forwards signals to the command's whole process group instead of
	// to the command alone.
	Group bool
	// Rewrite maps a signal that reaches us to the one that is forwarded; to 0
	// drops it.
	Rewrite map[syscall.Signal]syscall.Signal

	// KillAfter bounds how long the command may go on after the first stop
	// signal (TERM, INT, QUIT, HUP) was forwarded to it; then its process
	// group gets SIGKILL. With it, a stop signal that is already there keeps
	// the command from being started. 0: never.
	KillAfter time.Duration

	// Limit is how long the command may take. Then its process group gets SIGTERM, and a
	// little later SIGKILL. 0: as long as it likes.
	Limit time.Duration
}

// Result is how a command ended.
type Result struct {
	// Code is the exit code as a shell reports it: the command's own, or
	// 128+signal, 126 cannot execute, 127 not found.
	Code int
	// Stopped is the first stop signal (TERM, INT, QUIT, HUP) that arrived
	// while the command ran; 0 when none did.
	Stopped syscall.Signal
	// Late says that the command was ended because its Limit was over.
	Late bool
	// Left says that it has left processes behind, and that these were ended.
	Left bool
	// Verdict says in one sentence why the command has ended, if a signal ended it that
	// neither we nor its terminal sent, or if the container had no memory left.
	Verdict string
	// Record has the facts of the verdict; nil: there is no verdict.
	Record *verdict.Record
}

// Launcher runs commands one after another. It is used by one goroutine, the
// owner of its table.
type Launcher struct {
	Table  *process.Table
	Budget time.Duration // for what a command leaves behind
	Log    func(string)  // one line of our own log
	Trace  func(string)  // one line for -v; nil: none

	// Started is called when a command has been started, to do what would have delayed the
	// start; nil: there is nothing to do.
	Started func()

	// Files reads the files of control groups, which a FUSE process serves on some hosts;
	// nil: the Launcher reads them itself.
	Files *offload.Pool

	patience time.Duration // how long a start is tried that meets a shortage; 0: startPatience
}

// A system that is short of processes, memory or descriptors for a moment is not a
// reason to end a container.
const (
	startDelay    = 10 * time.Millisecond // before the second try; it doubles
	maxStartDelay = time.Second
	startPatience = 10 * time.Second // then the command cannot be executed
)

// Run runs c to its end. A start that fails for want of processes, memory or
// descriptors is tried again for ten seconds; a stop signal meanwhile means that
// there is no start. An error says that it could not be started, is a
// *process.StartError, and has its exit code in the Result as well.
func (l *Launcher) Run(c *Command) (Result, error) {
	if c.KillAfter > 0 {
		if sig := process.FirstStop(l.Table.Pending()); sig != 0 {
			return Result{Code: process.CodeSignal + int(sig), Stopped: sig}, nil
		}
	}
	r := &run{Launcher: l, command: c}
	if c.Terminal {
		r.terminal = process.ForegroundTerminal(os.Stdin)
	}
	if err := r.start(); err != nil {
		return Result{Code: process.StartCode(err)}, err
	}
	if r.pid == 0 {
		return Result{Code: process.CodeSignal + int(r.stopped), Stopped: r.stopped}, nil
	}
	if l.Started != nil {
		l.Started()
	}
	r.wait()
	left := r.sweep()
	if r.terminal != nil && !l.Table.IsInit() {
		// Our caller goes on with the terminal.
		_ = process.GiveTerminal(r.terminal, syscall.Getpgrp())
	}
	text, record := r.verdict()
	return Result{Code: process.Code(r.status), Stopped: r.stopped, Late: r.late, Left: left, Verdict: text, Record: record}, r.err
}

// Sleep waits for d, reaping meanwhile, and returns early with the stop signal
// when one arrives.
func (l *Launcher) Sleep(d time.Duration) syscall.Signal {
	for until := time.Now().Add(d); time.Now().Before(until); {
		if sig := process.FirstStop(l.Table.Wait(until)); sig != 0 {
			return sig
		}
		l.Table.Reap(func(process.Exit) {})
	}
	return 0
}

func (l *Launcher) trace(parts ...string) {
	if l.Trace == nil {
		return
	}
	line := ""
	for _, part := range parts {
		line += part
	}
	l.Trace(line)
}

// start starts the command, waiting out a moment of exhaustion. A stop signal ends
// that, and then there is no process.
func (r *run) start() error {
	spec := &process.Spec{
		Argv: r.command.Argv, File: r.command.File, Env: r.command.Env, Dir: r.command.Dir,
		Stdin: r.command.Stdin, Stdout: r.command.Stdout, Stderr: r.command.Stderr, Files: r.command.Files,
		Inherited: r.command.Inherited, Handed: r.command.Handed, ListenNames: r.command.HandedNames,
		Terminal: r.terminal, Credential: r.command.Credential, Settings: r.command.Settings,
	}
	var early []syscall.Signal
	patience := cmp.Or(r.patience, startPatience)
	for begin, delay := time.Now(), startDelay; ; delay = min(2*delay, maxStartDelay) {
		pid, err := r.Table.Start(spec)
		if err == nil {
			r.pid, r.startedAt = pid, time.Now()
			r.trace("started ", spec.Argv[0], " as process ", strconv.Itoa(pid))
			for _, sig := range early {
				r.forward(sig)
			}
			return nil
		}
		if shortage.Of(err) == 0 || time.Since(begin) >= patience {
			return err
		}
		if delay == startDelay {
			r.Log(err.Error() + "; trying again for " + patience.String())
		}
		if early = r.pause(delay, early); r.stopped != 0 {
			return nil
		}
	}
}

// pause waits for d while the command cannot be started. Meanwhile it reaps orphans, which
// makes room, and adds the signals that come to early. It returns at the first signal that
// asks for the end.
func (r *run) pause(d time.Duration, early []syscall.Signal) []syscall.Signal {
	for until := time.Now().Add(d); time.Now().Before(until); {
		for _, sig := range r.Table.Wait(until) {
			if to, ok := r.command.Rewrite[sig]; process.Stops(sig) && (!ok || to != 0) {
				r.stopped, r.stoppedAt = sig, time.Now()
				return early
			}
			early = append(early, sig)
		}
		r.Table.Reap(r.exit)
	}
	return early
}
