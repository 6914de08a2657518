// Package threads keeps PID 1 from ever needing a new operating system thread
// after its start.
//
// A container may have a limit of processes (docker run --pids-limit, a pod's
// limit in Kubernetes, RLIMIT_NPROC), and threads count as processes. A program
// that fills it, by a bug or on purpose, takes the last place from everybody,
// and the Go runtime ends the process when it wants a thread and gets none.
// That must not be PID 1: with it the whole container dies.
//
// The runtime never gives a thread back, and makes one only when none is idle.
// So the most that can be in use at the same time are made at the start, while
// there is room, and stay idle until they are needed (Reserve). They are:
//
//   - that of main, which the loop is tied to, and which waits in futex(2)
//   - the one that waits for the end of a child in waitid(2)
//   - the runtime's monitor, and its template for new threads
//   - one for each processor of the scheduler, whose number is fixed
//   - one that waits in the runtime's poller for descriptors and timers
//   - one for each goroutine that waits in a system call
//   - a spare one: between giving its processor away and lying down a thread is
//     neither busy nor to be had.
//
// What follows for the rest of the program is one rule: beside the loop, a
// goroutine makes a system call
//
//   - on a descriptor that does not block by the functions of raw.go, which keep
//     the processor for the microsecond that it takes, and waits in the poller;
//   - that may wait (on a file: its disk may hang) inside of a Gate, which few
//     can have passed at the same time.
//
// There may be any number of goroutines then, and no more threads than were made.
package threads
