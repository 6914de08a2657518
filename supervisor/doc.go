// Package supervisor keeps the configured programs running: it is the loop that
// owns every unit, feeds events to program.Step and carries out its actions.
//
// One goroutine runs the loop and is the only one that starts, signals and
// reaps (supervisor/process). Each turn takes one signal, the exits that are
// there, what others have posted, or the earliest deadline; turns each into
// events, and each event into a step. Nothing is polled: an idle container makes
// no system call. The exceptions are those that the configuration asks for: a
// program that is not ready yet is asked at short intervals and one with live= later on
// (package check), and memory is looked at for max_memory (package recycle). What is
// asked blocks nobody: a probe over HTTP is a goroutine's, a command is a process that is
// no program (package helper), and what a program says of itself is heard by its
// incarnation.
//
// Whoever else runs - the goroutines of supervisor/logs and of incarnations, the
// reading of a configuration - reaches the loop by one way, post (inbox.go), and never
// waits for it.
//
// What goes beyond starting, stopping and telling is done by parts, each in a package
// of its own (package part, parts.go): check (ready and alive), helper (short processes
// that are no programs), reload (of a program), recycle (too large, too old), watch
// (changed files), once (leases of oneshots), schedule, events (their ticks) and
// activation (HTTP). They see programs as values, and the loop by a few methods (host.go);
// what they want goes through program.Step as everything else.
//
// Start: a program starts when the programs that it depends on are as far as they have to
// be, in the order of their ranks. Stop, on request or because the container's end has come
// (package container): in phases, a program only after everything that depends on it or has a
// higher priority number has ended; all phases share one budget (package stopping). Reload:
// only what differs is touched; a program's own reload is package reload. Why a process has
// ended badly is found out before its program hears of its end (package diagnosis).
//
// Requests of the control socket are answered in the loop, when somebody asks (package
// request, desk.go). HTTP comes in by a process of its own (package activation, http.go).
//
// A program that runs has an incarnation: its process, with its standard input, its
// output and all else that belongs to it (package incarnation, incarnation.go). Where
// somebody listens to its output, or the diagnosis of its end needs that, its exit is
// pending until its last words have been read (exit.go). What happens is told once, by
// tell (notices.go), to everybody who wants to know (package notice): our own log,
// supervisord's, the event listeners, the history.
//
// # Where to look
//
//	supervisor.go                                 what the loop has, a turn of it, and when it sleeps
//	step.go, change.go                            a step of a program: what it does, what comes of that, what is told
//	exit.go, diagnosis.go                         an exit on its way to its program, and what is known of its cause
//	end.go                                        a step of the container: whose end is its end
//	registry.go, dependencies.go                  the programs, their order, who waits for whom
//	configuration.go, difference.go, restart.go   a reload, and the restart of everything
//	shutdown.go, work.go                          the stop of everything, and the work that it waits for
//	leftovers.go, strays.go                       what processes leave behind, in their groups and outside of them
//	finish.go                                     the order in which everything else ends, and the exit code
//	signals.go                                    what signals to us mean
//	inherited.go, listening.go, incarnation.go    what a process is started with
//	shortage.go                                   starts that cannot be done now
//	parts.go, host.go                             the parts, and what they see of the loop
//	notices.go, logfiles.go                       who hears of what happens
package supervisor
