// Package once sees to it that work is done once, though containers come and go,
// and by one of them, though several share a volume.
//
// A mark is a file DIR/.entry-point-once/NAME. Who wants to do the work locks it
// (package lock) for as long as that takes; the others wait, and then read what the
// first has written into it: a hash of what was done. The kernel drops the lock of
// who dies, however that happens, and the next one does the work again: only what
// has succeeded is noted. A file that is cut off in the middle of a write is
// another hash, so it counts as nothing. The right to do the work is a Lease.
//
// Part, the part of the loop (package part), holds a program back that could start
// (Holds) until it has its lease, which it asks for beside the loop. The program has
// the lease until it comes to rest for good, and what it has done is noted before the
// container ends (Noting). Where the work has been done already, the program is skipped.
package once
