// Package check finds out whether programs are ready, and whether they are still alive,
// by whatever way the configuration gives: a connection, an HTTP request, a command, a
// delay, or the program's own word.
//
// Part is the supervision of that (package part). It has an entry for a program only
// while the program has a process that was not asked to end, and a probe. The entry is
// dropped with the process, so no answer about one process is ever taken for the next
// one. The part starts nothing and changes nothing: it wishes for the events Ready and
// NotReady, for Late or Fail when a process does not become ready in its time (timeout,
// late), and for Sick when a process that was ready fails live_failures health checks
// in a row or does not say WATCHDOG=1 in time. Such a wish says what is wrong with the
// process (Blame), for the diagnosis of its end. Of those one is wished for in each Tick:
// what it leads to may be the end of the container, and then nothing else is wanted.
//
// The words of a readiness notifier, which is how a process itself says how it is, come
// in by Notified, Wrote and Printed (notifier.go). READY and WATCHDOG of sd_notify(3) mean
// what they mean to systemd; RELOADING and STOPPING take the readiness back, until the
// next READY.
//
// Prober asks one probe and finds out whose answer it is. While a question is on its way
// it is a probe in flight: the answer comes in the loop, and that to a probe whose process
// has gone meanwhile is ignored. A program that cannot have its port has its probe
// answered by whoever has it, so the answer over a connection counts when the listening
// socket is held by a process of the program itself (package owner says how that is found
// out, and when it cannot be known). Once a socket is known as the program's own, it is
// enough that it still listens: /proc is not walked for each health check.
//
// Where the container has no process or descriptor left to ask with, that says nothing
// about the program: its readiness probe is put again later and its time to become ready
// is extended, and a health check counts neither as good nor as bad.
package check
