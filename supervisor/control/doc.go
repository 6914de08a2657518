// Package control is the way into a running entry-point: a small protocol on a
// unix socket, its server in PID 1 and its client.
//
// # Protocol, version 1
//
// A client connects and writes requests, each a JSON object on a line of its own
// of at most 2 MB:
//
//	{"do":"stop","names":["web","workers:*"],"wait":true}
//
// The server answers each one before it reads the next, with one or more lines,
// each a JSON object with exactly one member. The last one is "done" or "error":
//
//	{"result":{"name":"web","group":"web","status":"ok"}}
//	{"done":true}
//
//	{"error":{"code":"bad-request","message":"unknown request \"stpo\""}}
//
// The answers to "logs" and "events" with "follow" go on until the client closes
// the connection. A client that does not read them loses some, and is told how
// many ("lost"); one that reads nothing for a minute is disconnected.
//
// A line that is no request has "bad-request" for an answer, and the next one is
// read; after one that is too long, or not finished within a minute, the server
// closes the connection. It does so too with more clients than it takes
// ("too-many-clients") and with strangers ("not-allowed"). A client may end its
// own side (shutdown(2)) and still read the answers.
//
// The requests (operation.go has their names), with the members that mean something to them (names: programs,
// groups as "group:*", or "all"; none: all, where that is no danger):
//
//	info                                    info: who we are, and how we are
//	status     names                        program: one for each
//	usage      names                        usage: CPU, memory, descriptors, one for each that runs, and one for us
//	config     names                        config: what was read last, one for each program
//	detail     names                        detail: settings, names of the environment, probes, of one program
//	start      names, wait                  result: one for each program
//	stop       names, wait
//	restart    names, wait
//	signal     names, signal
//	stdin      names, data                  writes to the standard input of one program
//	clear      names or main                empties the log files
//	logs       names or main, stream, lines or bytes, follow
//	                                        log: what was printed last, and then more
//	read       names or main, stream, offset, length, backup
//	                                        log: a part of a log (supervisord's readLog), at most
//	                                        1 MB of it: the rest is another request
//	events     follow                       event: the last ones, and then more
//	reread                                  changes: what a reload would do
//	reload                                  changes: what it has done
//	update                                  the same
//	reload     names                        result: one for each program that has read its own configuration again, or has not
//	add        names                        result: one for each group that reread has found (supervisord's addProcessGroup)
//	remove     names                        result: one for each group; its programs have to be stopped
//	renew                                   stops everything, reads the configuration again and starts anew
//	remote-event  type, data                tells event listeners (supervisord's sendRemoteCommEvent)
//	shutdown                                the container ends
//	health                                  health
//	ctl        names                        output, exit: what entry-point ctl does with these words, for a client that can
//	                                        have no thread (supervisor/process/threadless); nothing that follows
//
// The gateway says with each request for whom it asks ("by": way, user, address), so that
// the log and the status of a program say who has stopped it. Of all other clients the
// server knows that itself, and hears no such word.
//
// An empty line is answered by "done": who sends it sees that somebody is there, and
// who that is.
//
// # Who may speak to whom
//
// Whoever is served may do everything. The server serves root and the user that it
// runs as, of its own container; the socket's mode is 0600, but it is SO_PEERCRED
// (unix(7)) that decides. The client sends no request to anybody but the entry-point
// of its own container, and believes nobody else. Both look at
//
//   - the pid: 0 is a process that our PID namespace does not see. In a PID namespace
//     that several containers share, all pids are seen; there the mount namespace
//     decides, as supervisor/namespace says.
//   - the user. A client of root believes a server of root, and of the user that the
//     first process of the container has (docker run --user). A program's user who has
//     bound a socket where ours could be is neither. Any other client believes root
//     and its own user.
//   - who really sends (the client only). SO_PEERCRED names the process that has called
//     listen. For a socket that was opened for a program, that is entry-point as well,
//     and the program, which accepts on it, can rename it. So the kernel has to put the
//     sender's pid on every message (SO_PASSCRED), and the first line of a client is an
//     empty one: a request follows when that has been answered by the right process.
//
// # Where it is
//
// The server listens at the first of /run/entry-point.sock, /tmp/entry-point.sock and
// /dev/shm/entry-point.sock that it can have, or at the path that it was given, and
// says so if it is not the first one. A socket whose process is gone is replaced. To
// look for that, to bind and to listen happens under a lock on the directory, since
// between bind and listen a socket looks as if its process were gone.
//
// Where it can have none of them (a read-only root of nothing but entry-point, a
// volume with a socket of root below another user), it listens at an abstract socket,
// which needs no directory. That is not closed to neighbours in the network namespace,
// who may connect, and may make sockets with names like ours; they are refused, and
// not believed, by the rules above. The name is @entry-point/MOUNT NAMESPACE/RANDOM,
// and the client looks it up in /proc/net/unix: a name that could be guessed could be
// taken before us. An abstract socket is the last place and not the first one, because
// file modes and a socket's path are what people know how to look at.
//
// A client tries all of these places, and takes the one where our server answers. What
// exists there, and does not answer or is somebody else's, is not a reason to stop.
//
// # From outside
//
// Who is outside of the container and sees its processes, as root of the machine does,
// may name a socket in it: entry-point ctl -s /proc/PID/root/run/entry-point.sock. The
// server sees pid 0 then, as it does of a neighbour who shares a volume. The client
// proves the difference by its first line, {"enter":"PERMIT"}: the permit is the name of
// a file in memory (memfd_create(2)) that the server holds open, and is read from
// /proc/PID/fd, which takes the right to trace the server. At most four clients may owe
// theirs at a time, for five seconds, so that neighbours do not take the places of our
// own clients.
//
// # The gateway
//
// The HTTP gateway runs as a user of its own and cannot open the socket, whose mode and
// owner say who may. It inherits a channel instead (Channel, Grant): one end of a
// pair of unix sockets (SOCK_SEQPACKET). It says hello, and gets what it has to know,
// a Briefing; so no password stands in its arguments or its environment, and none is
// told before the gateway has shut others out. Then it asks for connections, and each
// answer carries the end of one (SCM_RIGHTS), whose other end is a client like any
// other. It answers pings as well, by which entry-point knows that it is well. That way
// works too where there is no socket (ENTRYPOINT_SOCKET=none), and ends with the
// gateway.
//
// Descriptors can be stolen: a process that may trace another one, as all of the same
// user may where nothing hinders them, gets copies of its descriptors by
// pidfd_getfd(2). So a descriptor is no proof here. The kernel says with each message,
// and with each piece of a connection, which process has written it (SO_PASSCRED),
// and only the gateway that PID 1 has started is heard; what another process writes
// into its connection closes that. When the gateway has ended, so have its channel and
// its connections, and no later process of the same number has them.
//
// # Bounds
//
// 1,100 clients, or half of our descriptors. For each one a request line of
// 64 KB, for two at a time one of 2 MB, and 16 KB of answers. More answers wait as
// long as they are 4 MB for the client, 1 MB if it follows, and 16 MB for all clients
// together; then they are lost. So PID 1 holds at most about 110 MB, if every client does its worst, and
// 2 goroutines for each; an idle client is one goroutine and 512 bytes. An idle
// server makes no system call.
//
// # The loop
//
// The server knows nothing of programs. It hands each request to a Handler, the
// supervisor's loop, and gets answers by a function that never blocks. There is
// no snapshot for readers: an answer is made in the loop, when somebody asks, so
// it costs nothing while nobody does.
package control
