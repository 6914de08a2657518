// Package helper runs short processes of ours that are no programs: the command of an
// exec probe, the check before a program reloads, a look at the descriptors of another
// user's processes.
//
// A helper process is opened whole or not at all: where it cannot be started, the pipe
// that was made for its output is closed again, and who wanted it hears why at once. It
// is the head of a process group of its own. When it has taken too long the group gets
// SIGKILL, and when it has ended so does whatever it has left behind there.
//
// What it prints goes into one pipe, which is read once, after its end, without
// waiting: a child that it has left behind may hold the other end for ever. No more
// than 16 kB are read, and the last lines of that are handed on.
//
// Part belongs to one goroutine, the loop's, which hands it the exits that no program
// owns and asks it what is due. It starts and signals processes by its Host, two methods
// of process.Table, and reads no clock; so the tests need no process and no time.
package helper
