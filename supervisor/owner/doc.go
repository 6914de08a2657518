// Package owner finds out from /proc which processes have a listening socket.
//
// A program is ready when it accepts connections. That somebody accepts them where
// it was going to listen says less: with two programs on one port the second one
// would be ready by the socket of the first. So the question is not only whether an
// address answers, but whether the socket that answers is held by a process of the
// program (Ask). The kernel lists the listening sockets with their inodes
// (/proc/net/tcp, tcp6 and unix, see proc(5)), and each process's descriptors as links
// with such an inode (/proc/PID/fd).
//
// The processes of a program are those of its process group and those that descend
// from its main process. A process that has lost its parents may be a daemon of any
// program, so a socket that it holds counts for every program that asks.
//
// A process of another user shows its descriptors only to those who may trace it. Root in
// a container usually may not (CAP_SYS_PTRACE), but the process's own user may. So where the
// program's processes hide something, Ask names them, and the loop lets a helper
// process of that user look (Look, "entry-point ctl holds"). What still cannot be seen
// counts for the program, as it would without this package.
//
// Nothing here takes the lock of a process's memory, which may be held for ever.
package owner
