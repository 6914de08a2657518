// Package api is /v1, the JSON API: openapi.json describes it for clients, and a
// test holds the two together.
//
// The names of members are those of the control protocol, whose answers are passed
// on as they are. What goes wrong is a problem object (RFC 9457) whose type is a
// path below /v1/problems/, where it is explained.
//
// # Followers
//
// All who follow events share one connection to entry-point, by a hub that is
// there as long as somebody follows; each has a place in its list and no queue of
// its own. Who follows a log has a connection.
//
// A follower that is idle costs no CPU: nothing is sent unless something happens. A
// client that has hung up is noticed by its socket, one whose machine is gone by
// TCP keep-alive, which is the kernel's work. A proxy that ends silent connections
// is kept awake with heartbeat=SECONDS, as the page does.
//
// # Bounds
//
// Of answers that are no streams 16 are made at a time, which with 1,000 programs is
// about 10 MB; others wait for 5 seconds and are 503 then. A request body is at most 64 KB, a piece of a log 1 MB, the hub's list 1,024
// events. A list is as long as there are programs.
package api
