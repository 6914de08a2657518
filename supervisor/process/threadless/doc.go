// Package threadless is entry-point ctl where not a single thread can be made.
//
// The Go runtime makes two or three threads before the first instruction of a
// program, and ends the process where it gets none. In a container whose limit of
// processes is used up it gets none, so a HEALTHCHECK would fail there, and nobody
// could stop the program that has taken all places. docker exec itself gets in: who
// joins a control group is not counted (cgroups, "PID controller").
//
// So package entry calls this one before the runtime begins. It is Go without a
// runtime: nothing is allocated, no stack grows, no function is called but those that
// stand here, all of which are marked nosplit. It only makes system calls.
//
// It has process 1 (or whoever serves the control socket of this container) carry out
// ctl: it sends the words of the command line in a request "ctl", and prints what comes
// back (package control describes both). That is done
//
//   - for health, always: between a look for free places and the start of the runtime
//     somebody may take them;
//   - for everything else where there is no room for four more threads, which is found
//     out by making four processes.
//
// It believes a server under the same conditions as package control does, and where it
// cannot tell, it does not. Where nobody answers, and there is room, it returns, and the
// runtime begins: the usual client finds more places to ask at, and knows why not. An
// entry-point that launches a command has no socket. It is healthy as long as it lives,
// and shows what it does by the name of one of its threads (package threads, Launches).
//
// A standard descriptor that is closed, a command that is called supervisorctl and a
// socket named on the command line are left to the usual client as well.
//
// This package exists on amd64 and arm64 only. Elsewhere the program begins as every Go program
// does, and ctl is the usual client only: it needs room for its threads.
package threadless
