// Package notice tells what happens, once, to everyone who wants to know.
//
// The loop makes one Notice of each thing that happens: when it was, whom it is about,
// and a Fact, which is a value with all that is known of it. A fact has no text, except
// where the text is the fact (Remark, Line, Trace). The sinks take each notice in turn and
// make of it what their readers expect, or nothing:
//
//	Log          our own log on the container's stderr, one line for people (log.go, sentence.go)
//	Journal      supervisord's log, in its words, for programs that read that file (journal.go)
//	Events       supervisord's events, for the event listeners (events.go)
//	History      the last 256 changes, for `ctl events` and the API (history.go)
//	Stops        how long each program took to stop, for the last line (stops.go)
//	LastWords    the file in which Kubernetes looks for the reason of the end (lastwords.go)
//
// So the same thing cannot be told to one reader and forgotten for another, a new sink
// touches nobody who tells, and a test asserts facts and not the words of a line. The
// words of each sink are held by a test of that sink.
//
// A sink may tell something itself while it takes a notice, as the event bus does when a
// listener misbehaves; that notice is then told to all sinks before the first one goes on
// to the next sink. Everything here belongs to the goroutine of the loop.
package notice
