// Package supervisor keeps the configured programs running: it is the loop that
// owns every unit, feeds events to program.Step and carries out its actions.
//
// One goroutine runs the loop and is the only one that starts, signals and
// reaps (supervisor/process). Each turn takes one signal, the exits that are
// there, or the earliest deadline; turns each into events, and each event into
// a step. Nothing is polled: an idle container makes no system call. The one
// exception is a program with a ready address: until that accepts connections it
// is tried at short intervals (ready.go).
//
// Start: a program starts when the programs that it depends on are ready.
// Stop, on request or because a program could not be kept up: in phases, a
// program only after everything that depends on it or has a higher priority
// number has ended (shutdown.go); all phases share one budget.
package supervisor
