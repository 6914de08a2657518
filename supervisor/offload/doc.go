// Package offload runs functions that may block in a system call for ever, and limits
// how long their callers wait.
//
// A stat(2), open(2) or close(2) waits for as long as the file system likes: a
// server of NFS that is gone, a FUSE file system whose process is stopped, a disk
// that has died. Nothing ends that wait, neither O_NONBLOCK nor a signal that has a
// handler. PID 1 forwards signals, reaps and answers in one loop, so none of it may
// happen there.
//
// Do runs a function on a thread of its own and waits a quarter of a second for it,
// which is a thousand times longer than such a call usually takes. So calls keep their
// order, and the code reads like a plain call. After that the
// caller goes on with an error, and the function is left to itself. Its result is
// kept for a while for whoever asks for the same again, so that even a file system
// that always takes a second to answer can be worked with. As long as a function has
// not returned no other is begun for the same thing.
//
// A function that hangs keeps its thread. Threads are processes to the kernel, of
// which a container may have few, so there are two (package threads makes them at the
// start; one where the limit is low). While something hangs in a file system that is
// mounted on its own, nothing else is begun there, so that one of them takes one
// thread, however many files are on it. When all threads hang, everything else is
// refused at once, until one of them returns. So a loop is held up for a third of a
// second by what hangs, and for no time after that.
//
// A thread that hangs takes no signals (deaf.go): else the kernel would give it signals
// that are meant for the loop.
//
// Run is for goroutines beside the loop, which can wait: it only keeps to the number of
// threads, and leaves one thread to Do.
//
// The files that this is about are those whose place a user chooses (programs and their
// directories, log files, sockets, watched files, marks, the pidfile, the
// configuration), and /sys/fs/cgroup, which is a FUSE file system on some hosts. Of
// /proc PID 1 reads nothing that takes the lock of a process's memory (cmdline,
// environ, maps, smaps), which a process can keep to itself for ever; stat, status,
// comm, children and fd do not take it (proc(5), fs/proc/base.c of Linux).
package offload
