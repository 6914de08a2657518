// Package socket opens the listening sockets that programs inherit, and holds
// them while the programs come and go.
//
// A Set belongs to the loop. Programs with the same URL share one socket, which
// is opened for the first of them and stays until it is closed by name: a client
// that connects while no program is there waits in the kernel's queue for the
// next one, so a restart refuses nobody.
//
// The socket is blocking, as FastCGI programs and sd_listen_fds(3) expect it. A
// program may make it non-blocking; that flag belongs to the socket itself, not
// to the program, and so to everybody who shares it.
//
// A unix socket is bound under its own name and not moved there: the name that
// it was bound to is what getsockname(2) tells the program, and some look for
// their sockets by it. It is never open to more users than it should be, and
// the stale file of a container that was killed is replaced, unless somebody
// still answers there. At the end the file is removed if it is still ours.
//
// The directory may belong to a program's user, who can put a link or another socket
// of root's into the place of the file, or of the directory. So the file is looked
// at, given away and removed by a descriptor of the directory (safefile), and bound
// with the rights of that user where he could exchange the directory meanwhile.
//
// Hosts are numeric addresses, localhost, and what /etc/hosts knows. There is no
// DNS: package net would make PID 1 half again as large.
package socket
