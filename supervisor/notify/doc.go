// Package notify is the receiving side of sd_notify(3): a datagram socket on which
// a program says that it is ready, reloads, stops or is alive.
//
// Each process that is to tell something has a socket of its own, so who it is
// from needs no search. The socket is an abstract one (unix(7)): it needs no file
// system, and goes with its owner. Whoever is in the same network namespace can
// write to it, and a pod's containers are in one; so the kernel says who has written
// (SO_PASSCRED), and a message counts when that is a process of this container, and of
// the program's user, root, or ourselves.
package notify
