// Package verdict says in one sentence why a program has ended badly:
//
//	app: killed by SIGKILL after 3 h 12 min: out of memory (limit 256 MiB, 1 OOM kill in this container); last line: ...
//
// Explain is pure: it is given how the process ended, what the control group
// counts, who has stopped it and what it has printed last, and says nothing that
// these do not show. What it takes from the last lines are the words that the
// C library, Python, Node.js and the servers themselves have for a failure.
// Who has a port is found out by package owner, before. Why a command could not be executed at all is said by
// package process, whose errors carry it.
package verdict
