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
// # Bounds
//
// An attempt takes at most 5 seconds and reads at most 64 KB. Targets are tried at
// the same time, each again after a pause that grows to a second.
package waitfor
