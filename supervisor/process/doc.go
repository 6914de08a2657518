// Package process is the one place that forks, signals and waits.
//
// Exactly one goroutine owns a Table: it starts children, signals them and
// reaps every child that the kernel hands to it, its own and orphans alike, by
// wait4(-1, WNOHANG) until nothing is left. An exit is handed on once, by pid;
// whoever started that pid is its owner, and a pid that nobody started is an
// orphan. With a second waiter (exec.Cmd.Wait, a reaper goroutine) one of the
// two loses statuses, so os/exec and wait4 appear nowhere else in the program.
//
// What must be true before a command's first instruction is in its Spec. A child does
// it all itself, between fork and execve, by a list of system calls that was prepared
// before (child.go). The fork shares no memory with us and nobody waits for it
// (fork.go), for a child that has become another user may be stopped by that user's
// other processes before its execve; a start waits for the execve, but not for long
// (start.go). Only the first process of a container is started by a fork that stops us,
// which is quicker: there is nobody yet who could do that.
//
// What belongs to being PID 1 lives here as well: the subreaper bit, the list
// of signals that can be passed on, the terminal, and who is left when the main
// process has ended.
//
// What depends on the Go runtime and on the architecture is fenced off in two packages:
// signals records the signals that come to us, and entry knows what the kernel gave us.
// Where they have nothing of their own for an architecture, or find the runtime another one
// than they expect, they do with what the Go library offers.
//
// The package knows nothing of programs, restarts or configuration.
package process
