// Package lock is locks on files by which containers that share a volume take
// turns, and that nobody can hold for ever.
//
// The kernel gives a lock of flock(2) to whoever has the file open, if for reading
// only, and says to nobody who that is. So:
//
//   - A lock is on a file of its own that only its owner may open (mode 0600), and
//     not on a directory or a file that others read as well.
//   - Who holds a lock gives a sign of life: the file gets a new time every few
//     seconds, which only somebody can give it who owns it or may write to it. Who
//     waits does so for as long as there are signs, be it hours, since a migration
//     takes its time. Without one for the limit (Patience) it is no entry-point at
//     work, and whoever waits gives up. Only that the time changes counts, not which
//     one it is: the clocks of two machines differ.
//     In a file that belongs to neither us nor root the signs count for sixty limits.
//   - Who gives up names the holder (Holder), as far as it can be known: /proc/locks
//     has the processes of our own PID namespace.
//
// The kernel drops the lock of a process that ends, however that happens.
package lock
