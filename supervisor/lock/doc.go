// Package lock has file locks by which containers that share a volume take turns, and
// which nobody can hold for ever.
//
// The kernel gives a lock of flock(2) to any process that has the file open, even only for
// reading, and does not say which process has it. So:
//
//   - A lock is on a file of its own that only its owner may open (mode 0600), and
//     not on a directory or a file that others read as well.
//   - The holder of a lock gives signs of life: every few seconds it sets the file's time,
//     which only the owner of the file and those who may write to it can do. Others wait
//     as long as there are signs, even for hours, because a migration takes its time. If
//     there was no sign for the limit (Patience), the holder is no entry-point at work, and
//     those who wait give up. It counts that the time changes, not what it is, because the
//     clocks of two machines differ. In a file that belongs to neither us nor root, signs
//     count for sixty limits only.
//   - Whoever gives up names the holder (Holder), as far as that is known: /proc/locks has
//     only the processes of our own PID namespace.
//
// The kernel drops the lock of a process that ends, however that happens.
package lock
