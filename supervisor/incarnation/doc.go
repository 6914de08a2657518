// Package incarnation is one process of a program, and all that belongs to it: its
// standard input, its output, and the way by which it says that it is ready.
package incarnation
