// Package process is the one place that forks, signals and waits.
//
// Exactly one goroutine owns a Table: it starts children, signals them and
// reaps every child that the kernel hands to it, its own and orphans alike, by
// wait4(-1, WNOHANG) until nothing is left. An exit is handed on once, by pid;
// whoever started that pid is its owner, and a pid that nobody started is an
// orphan. With a second waiter (exec.Cmd.Wait, a reaper goroutine) one of the
// two loses statuses, so os/exec and wait4 appear nowhere else in the program.
//
// What must be true before a command's first instruction is in its Spec. A plain
// one (descriptors, directory, user) is a fork that shares our memory until the
// execve: a tenth of a millisecond, most of it the kernel's. What such a child
// cannot do without running code of ours (limits, niceness, umask, capabilities,
// a LISTEN_PID that is its own pid) goes through a stage: our own program once
// more, which sets it all and becomes the command. It costs what a Go program
// needs to start, between one and two milliseconds; main has to ask Stage first.
//
// What belongs to being PID 1 lives here as well: the subreaper bit, the list
// of signals that can be passed on, the terminal, and who is left when the main
// process has ended.
//
// The package knows nothing of programs, restarts or configuration and imports
// nothing of ours.
package process
