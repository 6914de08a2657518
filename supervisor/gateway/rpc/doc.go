// Package rpc is supervisord's XML-RPC interface (/RPC2), and the paths on which
// its client follows logs, over the control protocol: supervisorctl and
// supervisor.xmlrpc do with it what they do with supervisord. The names, types,
// faults and the order of the checks are supervisord's (its API version 3.0).
//
// methods.go is the table of all methods; system.* is in system.go. A method holds
// its reply until it is done, and others are answered meanwhile.
package rpc
