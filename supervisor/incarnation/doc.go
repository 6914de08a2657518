// Package incarnation is one process of a program, and all that belongs to it: its
// standard input, its readiness notifier, the sockets that it inherits, its output and
// its last words. While a program has no process, it has no incarnation.
//
// Open makes everything that the process is given, in this order: its standard input
// and its listening socket (stdin.go, silence.go), the ways by which it says how it is
// (notifier.go, search.go), the pipes for its output (output.go). Then the process is
// started, and our copies of what it has inherited are closed. If one of these steps
// fails, what the earlier ones have made is closed again: an incarnation is opened whole
// or not at all.
//
// When the process has ended, its exit may still be pending (exit.go): whoever listens
// to the program's output hears of all of it before he hears of the end, and the last
// lines may say why it has ended. Meanwhile nobody can signal the process or write to
// it. Then Close closes what is left, once. The loop closes an incarnation in one place.
//
// Three kinds of goroutine work for an incarnation: one reads the descriptor of its
// readiness, one writes to its standard input, and those of package logs and notify tell
// what it prints and says. None of them touches anything of the loop: each posts what it
// has to say, and what is posted after Close is dropped.
package incarnation
