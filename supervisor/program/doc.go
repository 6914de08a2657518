// Package program is the supervision policy: what happens to a program when
// something happens to it.
//
// Step is a pure function from a state and an event to the next state and one
// action. It starts nothing, reads no clock and holds no lock, so that every
// cell of the state x event grid can be looked at and tested. The states and
// their meaning are supervisord's:
//
//	STOPPED   not running: never started, or stopped on request
//	STARTING  started, but not up for startsecs yet; or its pre_start hook runs
//	RUNNING   up for startsecs
//	BACKOFF   ended, and waits for its next start
//	STOPPING  on its way down: signalled, or its main process has ended and
//	          members of its process group, or a hook, are still there
//	EXITED    ended by itself, and not started again
//	FATAL     could not be kept up; not started again
//	UNKNOWN   there, but the kernel does not let us signal it
//
// Beside its state, which says what a program is, stands what it is to become (Desired):
// DOWN, KEPT up as its restart policy says, UP, AGAIN, GIVEN UP or GONE. An order of
// somebody changes that, and only Step writes it (desire, in desired.go). These are all pairs
// of the two. "At rest" is STOPPED, EXITED or FATAL, "up" is STARTING, RUNNING or BACKOFF.
//
//	at rest   DOWN      Nothing happens until somebody starts it.
//	at rest   KEPT      Cannot be: what has come to rest for good is DOWN.
//	at rest   UP        The loop starts it as soon as everything that it depends on is as far as it has to be.
//	at rest   AGAIN     Cannot be: it is started in the same step that finds nothing left of it.
//	at rest   GIVEN UP  Cannot be: it has become true, so it is DOWN.
//	at rest   GONE      The loop forgets it.
//	up        DOWN      Cannot be: the order leads to STOPPING or STOPPED in the same step.
//	up        KEPT      It is started again after its end as autorestart, startretries and restart_limit say.
//	up        UP        As KEPT, and when it has come to rest it is started once more: its next run was due.
//	up        AGAIN     Cannot be: the order leads to STOPPING in the same step, or starts it.
//	up        GIVEN UP  Cannot be: the order leads to STOPPING or STOPPED in the same step.
//	up        GONE      Cannot be: the order leads to STOPPING or STOPPED in the same step.
//	STOPPING  DOWN      It becomes STOPPED.
//	STOPPING  KEPT      Nobody has asked for its stop: the policy decides, as after every other end.
//	STOPPING  UP        It comes to rest, and is started then as soon as what it depends on lets it.
//	STOPPING  AGAIN     It is started as soon as nothing of it is left.
//	STOPPING  GIVEN UP  It becomes FATAL.
//	STOPPING  GONE      It becomes STOPPED, and is forgotten.
//	UNKNOWN   DOWN      When its process ends after all, it becomes STOPPED.
//	UNKNOWN   KEPT      When its process ends after all, the policy decides.
//	UNKNOWN   UP        When its process ends after all, it is started as soon as what it depends on lets it.
//	UNKNOWN   AGAIN     When its process ends after all, it is started at once.
//	UNKNOWN   GIVEN UP  When its process ends after all, it becomes FATAL.
//	UNKNOWN   GONE      When its process ends after all, it is forgotten.
//
// Every pair but those with GONE may be interrupted: the last order counts. What is GONE
// comes back only with a configuration that has it again. When a configuration has changed
// the program, the new one (Next) takes the place of Config at rest, in whatever pair; until
// then no order starts the program with the old one, so that AGAIN becomes UP. When the
// container ends (Retire), UP, AGAIN and GIVEN UP are over.
//
// A program has one Deadline. It is set exactly in the states that wait for
// time (STARTING once the process or its hook is there or had to be put off, BACKOFF,
// STOPPING) and belongs to that state: leaving the state rewrites it, a Tick
// before it does nothing. So a timer left over from an earlier incarnation cannot
// do harm.
//
// A start has succeeded when the program has been up for startsecs and, where it has a
// probe, has become ready (Ready). Until then an end is that of a start that has failed,
// also in RUNNING and whatever its exit code is, and so is being stopped because it does
// not become ready in time (Late): such starts are counted up to startretries. What has
// succeeded and crashes again and again is given up as restart_limit says (limit.go).
//
// Whether the process is ready is a fact of the value, too: Ready says so, with
// ReadySince. It becomes so by the event Ready, or, where nothing is configured that
// could tell, when it enters RUNNING; a oneshot without a probe is never ready, since
// what counts is its end. It is not ready any more after NotReady, when the process
// ends, and as soon as it is told to stop.
//
// A fork that fails because the container has no process, memory or descriptor left
// says nothing about the program. It stays in STARTING without a process and is
// tried again (SpawnDelayed), for as long as that goes on; nothing is counted, and
// nobody is told of a change, for there is none. What it means in the states:
//
//	STARTING, no process      waits for its next try
//	  Tick when that is due   tries again
//	  Restart                 tries again at once
//	  Stop, Fail, Retire      STOPPED: there is nothing to end
//	STARTING, with a process  that has ended before its execve: it has none, and waits
//	every other state         cannot come, changes nothing
//
// A program may have hooks, commands for which it waits in STARTING and STOPPING: see
// hook.go. No pair of the table above is another one while a hook runs.
//
// A stop is a ladder of signals, each with its wait. Where the whole container stops,
// the program has a share of the budget that all programs have together (By): the
// waits are scaled so that the last signal has been sent before, and SIGKILL comes at
// the end of the budget (Limit), or when the last signal has had its own wait
// (ladder.go). When the main process has ended and others of its group live on, those
// are told whose parent is gone (SignalRest): the workers of a master that a shell has
// started are the master's business.
//
// The wait before a next start doubles from one end to the next, less a jitter of
// up to a quarter (backoff.go). What supervisord's listeners and clients are told
// of a step is in transition.go: they know nothing of the clearing of a process
// group.
package program
