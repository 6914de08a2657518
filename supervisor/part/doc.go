// Package part is what the loop and its parts know of each other.
//
// A part is one concern of supervision: replacing programs that have become too
// old, their schedules, watching their files. It has a package of its own, owns its
// state, and keeps an entry per program only for programs that it is for. It imports
// neither the loop nor another part.
//
// The loop calls Tick of each part in each of its turns. A part that wants to hear of the
// programs (an Observer) is told of every step of every program (Changed) and of programs
// that are gone (Forget). A turn comes when something has happened, and at the moment that
// the part has named (Due) at the latest. All of these calls come from the loop's goroutine.
//
// A part starts no program and changes none. It asks for a change by a Wish, which it
// puts into the loop's queue (Want, a method of the Host that each part declares).
// The loop empties the queue after each call into a part, each post, exit and signal:
// one wish after the other, each by one program.Step. So no call goes back into the
// part that has wished, and a wish may find that another one was faster: then it meets
// the program as it is by now, and program.Step says what it still means.
//
// A part that lets the loop start processes which are no programs takes their exits, too
// (Exited).
//
// A part is tested without the loop, on package parttest's, whose clock the test moves,
// and through the loop in fake time, or by the real binary where its files, sockets or
// signals are what matters.
package part
