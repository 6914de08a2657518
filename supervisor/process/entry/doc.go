// Package entry knows what the kernel gave this process before the Go runtime
// changed it, and does what must be done before the runtime starts.
//
// The syscall package raises the soft limit of descriptors to the hard one when
// it is initialised, and tells nobody what it was. Packages are initialised in the order
// of their import paths as far as their imports allow (Go specification, Package
// initialization), so this one imports nothing that is initialised, not even syscall, and comes
// before. It asks the kernel by a function of syscall that needs no initialisation (limit.go),
// on every architecture. TestSetLimits of process holds it to that.
//
// On amd64 and arm64 the program begins at entry (entry_*.s), by the linker's option -E (.ci/build). It goes
// on to the runtime's own beginning after a dozen system calls:
//
//   - It lets package threadless carry out ctl where the runtime could not begin.
//   - It holds back signals: the runtime needs a millisecond until we can handle one. Until
//     then TERM, HUP and INT would end the process and QUIT print a stack, and others PID 1
//     would never see, because the kernel drops a signal for it whose default is to end it
//     (kill(2), NOTES). A blocked one waits. Package process lets them through when it has
//     handlers, in one thread: the runtime gives its other threads the mask of the start.
//   - HUP, INT, QUIT, ABRT and TERM are unblocked by the runtime in each thread, whatever the
//     mask is. For them there is a handler at once (note), until the runtime puts its own in its
//     place; that one is told before, with the build tag internals, to put them into the queue
//     of os/signal and not to act (internals_*.s); and as soon as this package is initialised
//     it is note again, until package signals has handlers. In another version of Go the queue
//     may be another one: look (native.go) compares it with what is expected, and if it is
//     not so it is left alone, and Queue says why.
//   - It notes which of these somebody had ignored for us. The runtime handles QUIT even then.
//   - Where a standard descriptor is closed it opens /dev/null, as the runtime does, and
//     where there is no /dev/null the root directory without any access (O_PATH), so that
//     reads and writes fail as if it were closed. The runtime would end with a panic.
//   - Where the limit of address space (ulimit -v) is too low for what the runtime reserves,
//     it raises ours, if the hard limit allows that, or says so and exits with 78. Children
//     get the limit that we were given.
//
// A program that is linked without these options, such as a test, is the same without
// all that, and so is one for another architecture (portable.go). Which signals were ignored
// when it was started, such a program learns from the runtime: from os/signal for HUP and
// INT; for QUIT, with the build tag internals, from where the runtime keeps what it has found
// (ignored.go).
package entry
