// Package signals records the signals that come to this process, so that one loop can
// wait for them, for the end of children and for whatever else wakes it in a single system
// call, as an init in C does. All that depends on how the Go runtime handles signals is
// here, and in package entry.
//
// On amd64 and arm64 they come in by a handler of our own, a dozen instructions long
// (handler_*.s): it sets the signal's bit in recorded and wakes the loop. The runtime's
// os/signal would do with three differences, each of which was measured:
//
//   - Until a signal is armed, the runtime's default action ends the process; to
//     arm sixty signals before the first fork doubles the time of the start, and to
//     arm them after it loses a container that is told SIGHUP in its first
//     millisecond. The handler is there from Start on and costs 60 system calls.
//   - A signal passes through two goroutines and two threads before it is
//     forwarded, which takes more than twice tini's time.
//   - The runtime cannot be made to deliver SIGRTMIN.
//
// The handler takes the runtime's own action as its pattern: it runs on the alternate stack
// that the runtime has given to each thread, and returns by the runtime's restorer. Start
// looks whether that action is as it should be (native.go, unexpected), and whether the
// queue of os/signal is as package entry takes it. If one of them is not, for instance with
// another version of Go, signals are recorded by os/signal after all, and Recorder.Fallback
// says why. On every other architecture os/signal is the only way (portable.go). What is
// different with it, beside the time:
//
//   - a signal that comes before Start acts on the process as on any Go program; PID 1
//     does not see one whose default is to end the process (kill(2), NOTES);
//   - SIGRTMIN is never recorded, and on MIPS, which has 128 signals, none above 64;
//   - nobody knows which process has sent a signal;
//   - each end of a child runs the runtime's handler for SIGCHLD.
package signals
