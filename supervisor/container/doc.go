// Package container is the container's own state, and what the end of a program means
// for it. Step is a pure function from a state and an event to the next state and one
// action, as package program has one for each program; it starts nothing, reads no clock and
// holds no lock.
//
//	SERVING     the programs run
//	DRAINING    somebody has asked for the end; the container says that it is not ready
//	            any more, and its programs go on for the time of drain=
//	RESTARTING  everything stops, to start anew with another configuration
//	STOPPING    everything stops, and then the container ends
//	OVER        it has ended
//
// What happens in each of them:
//
//	              SERVING            DRAINING    RESTARTING         STOPPING             OVER
//	Ask           DRAINING, or       -           STOPPING           is noted             -
//	              STOPPING
//	Insist        as Ask             STOPPING    STOPPING           kills what is left   -
//	AskRestart    RESTARTING         -           -                  -                    -
//	Restarted     -                  -           SERVING            -                    -
//	Died, Rested  STOPPING, if it is the container's end (below)    -                    -
//	Finished      STOPPING           STOPPING    -                  -                    -
//	Empty         -                  -           -                  OVER                 -
//	Tick          -                  STOPPING, when the drain       OVER, when even SIGKILL
//	                                 is over                        has had its time
//
// One budget bounds a stop, from the first request to the end. It begins with the drain. A
// stop that a program's end has begun has the same budget; a request that comes meanwhile is
// noted, since it decides about the exit code.
//
// # Whose end is the container's
//
// exit_on= says it for all programs, critical= for one:
//
//	                 critical=no   unset                        critical=yes
//	exit_on=fatal    -             FATAL                        FATAL, EXITED
//	exit_on=any-exit -             any end that nobody          any end that nobody
//	                               asked for                    asked for
//	exit_on=all-exit -             -                            FATAL, EXITED
//	exit_on=never    -             -                            FATAL, EXITED
//
// A oneshot that has ended well has done its work, and that ends nothing; one that
// has failed counts as FATAL. One with a schedule runs again. This table is data (ends, in
// end.go).
//
// Beside that, the container ends when all programs have ended (Finished), with the worst of
// their codes, unless exit_on=never.
//
// # What may happen to a program
//
// The parts of the loop wish for starts and restarts: a liveness check, a changed file, a
// schedule, an operator. Grants says whether the container's state lets that happen. While
// everything stops, nothing is started and nothing is restarted: a program that is about to
// get another configuration, or none, must not come up with its old one.
package container
