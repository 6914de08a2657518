// Package once sees to it that work is done once, though containers come and go,
// and by one of them, though several share a volume.
//
// A mark is a file DIR/.entry-point-once/NAME. Who wants to do the work locks it
// (package lock) for as long as that takes; the others wait, and then read what the
// first has written into it: a hash of what was done. The kernel drops the lock of
// who dies, however that happens, and the next one does the work again: only what
// has succeeded is noted. A file that is cut off in the middle of a write is
// another hash, so it counts as nothing.
package once
