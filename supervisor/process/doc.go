// Package process is the one place that forks, signals and waits.
//
// Exactly one goroutine owns a Table: it starts children, signals them and
// reaps every child that the kernel hands to it, its own and orphans alike, by
// wait4(-1, WNOHANG) until nothing is left. An exit is handed on once, by pid;
// whoever started that pid is its owner, and a pid that nobody started is an
// orphan. With a second waiter (exec.Cmd.Wait, a reaper goroutine) one of the
// two loses statuses, so os/exec and wait4 appear nowhere else in the program.
//
// What belongs to being PID 1 lives here as well: the subreaper bit, the list
// of signals that can be passed on, the terminal, and who is left when the main
// process has ended.
//
// The package knows nothing of programs, restarts or configuration and imports
// nothing of ours.
package process
