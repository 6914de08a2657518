// Package diagnosis finds out why a process has ended badly, and keeps that for the log,
// the status and the requests.
//
// The sentence itself is made by verdict.Explain, which is pure: it says what the facts
// show. Here the facts are gathered, some of which are gone a moment later:
//
//	who ended it        noted when somebody sends a signal or finds fault with the process (Notes), and known of a stop
//	what it said last   given by the loop, which has its output
//	who has its port    looked for in /proc, beside the loop, for at most SearchTime
//	kernel's kills      counted in the control group at each bad end: a new one since the last count is this process's
//	its pid file        names a process that is there, is another program's, or is not there
//
// For each program the loop keeps one small value, a Diagnosis. The Examiner is one object
// for all programs: it has the count of the kernel's kills, and looks into /proc.
package diagnosis
