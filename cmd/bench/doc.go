// Bench compares entry-point with its peers, each as a real PID 1 of a PID and
// mount namespace of its own, and prints a table of ratios:
//
//	go run ./cmd/bench [-run NAME] [-n RUNS] [-bin PATH]
//
// It wants root, a C compiler for the helpers, and strace; peers that are not
// installed get a row that says so. On Debian:
//
//	apt-get install gcc libc6-dev strace tini dumb-init catatonit s6 runit supervisor
//
// A machine that does other work at the same time, or a virtual one, makes every
// absolute time a guess. So all contestants of a benchmark take turns in one run,
// in an order drawn anew, and what counts is the ratio of the medians. Timing never
// makes the program fail; that something could not be measured does.
//
// The benchmarks, a file each: size, start, memory, orphans, statuses (exit
// statuses lost), signal, idle, http. They share
//
//	rig.go         a temporary directory with the compiled helpers; spawn
//	contest.go     contestants, rounds
//	production.go  the same programs for every supervisor
//	inside.go      which processes an init has, and when it is at rest
//	stats.go       medians and spreads
//	table.go       rows, bars and verdicts
//
// The helpers (helper/*.c) are static programs of about 1 kB without a C library:
// stage mounts /proc and reports the time in front of the execve of the init,
// child reports the time at its first instruction, orphans forks. They report by
// writing to descriptor 3, which every init here hands down.
//
// Goreap is a second program, a comparator.
package main
