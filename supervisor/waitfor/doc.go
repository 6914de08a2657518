// Package waitfor waits until the servers that a container needs answer: not only
// that a port is open, but that who listens there speaks its protocol and says that
// it is up. A database that still recovers, or a cache that still loads, is not.
//
// It is linked by the gateway's binary only, which entry-point runs for it: so TLS
// and name servers cost PID 1 nothing. Of each protocol it speaks the first message
// or two, as far as they say what is asked; a client library for each would be for
// all the rest. No server lets anybody in for that, and no password is needed, for
// a server that asks for one is up.
//
//	postgres  StartupMessage; an Authentication message or an error that is not
//	          "cannot connect now" (PostgreSQL: Frontend/Backend Protocol)
//	mysql     the server's handshake (MySQL: Connection Phase)
//	redis     PING, and PONG or NOAUTH
//	amqp      the protocol header, and Connection.Start (AMQP 0-9-1, 4.2.2)
//	http(s)   GET, and an answer below 500
//
// # Rights
//
// Who parses what strangers answer has no rights: entry-point runs it as the gateway's
// user, without capabilities, without the application's environment, and without the
// passwords in the URLs, which nobody asks it for. But a file or a unix socket may be
// there for entry-point's user only. So a second process (Serve), with entry-point's
// rights, looks for those and passes connections on (SCM_RIGHTS); it reads nothing
// of them, and can be asked only for what the configuration names.
//
// # Bounds
//
// An attempt takes at most 5 seconds and reads at most 64 KB. Targets are tried at
// the same time, each again after a pause that grows to a second.
package waitfor
