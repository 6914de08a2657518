// Package control is the way into a running entry-point: a small protocol on a
// unix socket, its server in PID 1 and its client.
//
// # Protocol, version 1
//
// A client connects and writes requests, each a JSON object on a line of its own
// of at most 64 KB:
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
// The requests, with the members that mean something to them (names: programs,
// groups as "group:*", or "all"; none: all, where that is no danger):
//
//	info                                    info: who we are, and how we are
//	status     names                        program: one for each
//	usage      names                        usage: CPU, memory, descriptors, one for each that runs, and one for us
//	config     names                        config: what was read last, one for each program
//	start      names, wait                  result: one for each program
//	stop       names, wait
//	restart    names, wait
//	signal     names, signal
//	stdin      names, data                  writes to the standard input of one program
//	clear      names or main                empties the log files
//	logs       names or main, stream, lines or bytes, follow
//	                                        log: what was printed last, and then more
//	read       names or main, stream, offset, length
//	                                        log: a part of a log (supervisord's readLog)
//	events     follow                       event: the last ones, and then more
//	reread                                  changes: what a reload would do
//	reload                                  changes: what it has done; update is the same
//	reload     names                        result: one for each program that has read its own configuration again, or has not
//	add        names                        result: one for each group that reread has found (supervisord's addProcessGroup)
//	remove     names                        result: one for each group; its programs have to be stopped
//	renew                                   stops everything, reads the configuration again and starts anew
//	remote-event  type, data                tells event listeners (supervisord's sendRemoteCommEvent)
//	shutdown                                the container ends
//	health                                  health
//
// Whoever may connect may do everything: the socket is 0600, and its peer has to
// be root or of our own uid (SO_PEERCRED, unix(7)).
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
// 64 KB, and 16 KB of answers. More answers wait as long as they are 4 MB for the
// client, 1 MB if it follows, and 16 MB for all clients together; then they are
// lost. So PID 1 holds at most about 105 MB, if every client does its worst, and
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
