// Package activation lets HTTP into the container by socket activation: PID 1 opens the
// sockets that the configuration asks for and waits for a connection; then it starts the
// gateway, a program of its own (cmd/entry-point-gateway), which speaks HTTP and inherits
// the sockets with the connection that is pending.
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
// The gateway cannot be dumped (PR_SET_DUMPABLE), so that not even its own user can look
// into it; it sees to that first, and hears its secrets afterwards. Its channel is worth
// nothing to another process (package control). PID 1 itself stays as the kernel makes
// it. Root in the container is protected from other users anyway; where PID 1 is not
// root, its programs have its user, and may use the control socket, too. And programs
// that write to /proc/1/fd/1, as images for a user without rights often do, could not
// any more.
//
// # Its health
//
// A gateway may be stopped, hang, or crash. When somebody has connected, PID 1 looks a
// moment later: a gateway that is stopped is killed and replaced. If a connection waits
// still, the gateway is asked for a word over its channel, and killed when that does
// not come in time. It looks again, less and less often, for as long as half a minute,
// because who was accepted waits nowhere that PID 1 can see; then it is at rest until
// the next one comes.
//
// After a crash the next gateway is started within half a second. In its first moment
// it answers health checks only, in case that a request is what it crashes of. Where
// two in a row do not even come up, or none can be started, PID 1 accepts who waits,
// answers 503 whatever they ask, also while it tries again: nobody waits in vain.
//
// # Connections
//
// No connection is lost between two gateways: PID 1 accepts only to refuse and never
// closes a socket that is still asked for, so whoever comes in between waits in
// the kernel's queue, and is seen by the next look at it. For each socket that
// look is a goroutine in the runtime's poller, which makes no system call while
// nobody comes. It is done when somebody has come, and while the gateway has a moment
// to accept nobody looks: PID 1 is woken a few times a second at most, however many
// connections the gateway accepts.
//
// Part is a part of the loop. The gateway is none of its programs: it is in no status, no
// health, no event, and decides nothing about the container's end.
package activation
