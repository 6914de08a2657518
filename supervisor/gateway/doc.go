// Package gateway is the HTTP side of entry-point: a process of its own without
// rights, which entry-point starts at the first connection (supervisor/activation) and
// which ends when nobody has come for a while. It owns what all handlers share -
// sockets, passwords, bounds, the end - and none of what they say: routes.go is
// where they are wired in. They ask entry-point by an ask.Asker.
//
// # The end
//
// A gateway ends with 0 when there has been no connection at all for its idle
// time. Then it stops accepting first, and looks again: one that has slipped in
// meanwhile is served, and the gateway goes on. Who comes later waits in the
// kernel's queue, for PID 1 holds the sockets. A connection is kept for the next
// request for half a minute; so there is none when the gateway ends.
//
// TERM is the end, too, and so is the end of entry-point, whose channel closes: no more
// is accepted, and streams end. Requests that are under way are answered, since
// entry-point has answered us before it lets us end; what is not done after 0.3 seconds
// is cut.
//
// # Passwords
//
// They are those of the socket that a connection has come by, and asked for on
// every path but /livez, /healthz and /readyz: those who probe, such as Kubernetes,
// cannot easily keep a secret, and learn "ok" or "not ok" and nothing else. Names
// of programs are for those who know the password. Both sides are hashed, and the
// hashes compared in constant time, that of the user name as well.
//
// A second login may only read (package route): each path says in its row who may use
// it, and routes.go puts the rows of all packages together.
//
// # Browsers
//
// A browser may hold a password, or be where none is needed, and still act for a
// page of somebody else. So requests that change something and come from another
// origin are refused (http.CrossOriginProtection), also at /RPC2, since a form can
// send XML as text/plain without being asked; clients that are no browsers say
// nothing of an origin and are let through. Where there is no password, the Host
// has to be an address or localhost, for any name can be made to point here (DNS
// rebinding). No answer may be framed, stored or guessed the type of.
//
// # Bounds
//
//	connections   1,100 at a time. One more closes the one that has been longest
//	              without a request; if all have one, it gets a 503
//	header        16 KB, within 10 seconds
//	body          1 MB, within 30 seconds; all bodies together 16 MB; more is 413 or
//	              503 at once, and not read
//	answer        each 64 KB have to be taken within 30 seconds; a stream may be
//	              silent for ever
//
// So the gateway holds at most about 60 MB on its own account: 1,100 connections
// with a header each and two buffers of 4 KB, two stacks of 8 KB, which is 44 MB,
// and the bodies. What a handler makes of a request comes on top and is bounded there.
// The collector aims at 64 MB in all. Idle it has at most 12 MB.
package gateway
