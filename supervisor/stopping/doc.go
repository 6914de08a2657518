// Package stopping decides who is told to stop now, and by when. It is pure: it
// reads no clock, signals nobody, and sees the programs as numbers of a deps.Graph.
//
// Programs stop in phases: those of the highest rank first, and within a rank each
// one after all that need it. The programs of a phase stop side by side. All phases
// share one budget, which ends at the deadline.
//
// Each phase has a share. It ends so early that every later phase still gets a
// second; where there are not that many seconds, what is left is divided evenly
// among this phase and the later ones. A phase that ends early leaves its rest to
// the next one.
//
// The share of a program is over at its moment By. Until then its own ladder of stop
// signals has come to its last rung (program.Step scales it). A program that is still
// there is not killed at By, for there is budget left: from then on nobody waits for
// it any more, the next phase begins beside it, and SIGKILL comes at the deadline. So
// a program whose stop fits into the budget is never killed, however the others
// behave, unless its own stopwaitsecs are shorter.
//
// A Stop is built once and then told what happens (Ended). All of its work together
// takes time that grows with the number of programs and dependencies (O(V+E)), and
// with that of the programs whose stop goes on at the same time.
package stopping
