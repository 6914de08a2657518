// Package verdict says in one sentence why a program has ended badly:
//
//	app: killed by SIGKILL after 3 h 12 min: out of memory (limit 256 MiB, 1 OOM kill in this container); last line: ...
//
// Explain is pure: it is given how the process ended, what the control group
// counts, who has stopped it and what it has printed last, and says nothing that
// these do not show. What it takes from the last lines are the words that the
// C library, Python, Node.js and the servers themselves have for a failure.
// Holder looks for the process that has a port; it may take a moment, so that the
// loop asks it beside itself. Why a command could not be executed at all is said by
// package process, whose errors carry it.
package verdict
