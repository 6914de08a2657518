// Package ctl is the command line of a running entry-point: entry-point ctl, and
// supervisorctl for images that call it by that name.
//
// It is a client of supervisor/control's socket and of nothing else: it needs no
// gateway, no HTTP and no configuration file. A command is one request or a few;
// what comes back is written for people (table.go, logs.go), or with --json as
// the protocol's own objects, one a line.
//
// # Exit codes
//
// Those that the LSB gives to init scripts, as supervisorctl does:
//
//	0  done; of status: everything is up; of health: ready
//	1  something failed; of health: not ready
//	2  wrong usage
//	3  of status: a program is STOPPED, EXITED, FATAL or UNKNOWN
//	4  no server; of status: no such program
//	7  not running, or did not stay so
//
// # Terminals
//
// What programs print and what they are called may hold escape sequences that
// steer a terminal. On a terminal every control character is shown as \xNN, and
// only colours are let through (escape.go). Into files and pipes logs go as they are.
//
// # supervisorctl
//
// Its commands, texts and exit codes are those of supervisorctl 4.2, which
// scripts and Ansible read. It talks to the entry-point of its own container:
// -c, -s, -u, -p and -r are read and mean nothing, but for a -s that names
// another host, which is refused.
package ctl
