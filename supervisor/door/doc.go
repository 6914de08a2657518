// Package door is how HTTP comes into the container: PID 1 opens the sockets that
// the configuration asks for and waits until somebody knocks; then it starts the
// gateway, a program of its own (cmd/entry-point-gateway), which speaks HTTP.
//
// The reasons: package net/http would make PID 1 twice as large and slower to
// start, used or not; what parses the words of strangers should be able neither
// to end PID 1 nor to do what root may; and a control plane that nobody uses
// should cost nothing. So the gateway runs as a user of its own, without capabilities and
// without the environment of the application, it inherits the sockets
// (sd_listen_fds(3)) and a channel over which it gets connections to the control
// protocol (control.Server.Grant), and it ends when nobody has come for a while.
//
// # Its user
//
// A user that something else has, too, is no wall: a process may look into those of its
// user (ptrace(2)), and nobody is the user of many programs. So it is a number that
// nothing in the container has (User). Where root may not become another user, the
// gateway stays root, without capabilities and without a way to get any; where we
// are not root, it is what we are. Who has our own user needs no gateway: the control
// socket is open to it.
//
// No connection is lost between two gateways: PID 1 never accepts and never
// closes a socket that is still asked for, so whoever comes in between waits in
// the kernel's queue, and is seen by the next look at it. For each socket that
// look is a goroutine in the runtime's poller, which makes no system call while
// nobody comes. While the gateway runs there is none: PID 1 is not woken by what
// the gateway accepts.
//
// A Door belongs to the loop. The gateway is no unit: it is in no status, no
// health, no event, and decides nothing about the container's end.
package door
