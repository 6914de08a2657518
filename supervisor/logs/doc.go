// Package logs carries what programs print to where it belongs, without ever
// making PID 1's loop wait for whoever reads it.
//
// In format Raw the program gets the container's descriptor itself (direct.go), if
// nobody has to look at what it prints. Else a stream is a pipe, read by a worker
// (worker.go): one goroutine for all streams that go to one place that may block, so
// that a reader that has stopped reading stops those and no others. What is read
// passes strip_ansi (strip.go) and capture mode (capture.go), is kept for a while
// (tail.go), and goes to the targets: the container's output, as it is or line by
// line in a format (console.go, prefix.go, json.go), files that are rotated between
// lines (file.go, rotate.go), syslog.
//
// Nothing is dropped while a reader lives: a full pipe holds up its writer, as it
// would without us. There is one exception: what ended processes have left in their
// pipes. A program that is started again and again while nobody reads would use up
// all descriptors, so that of each of its streams 8 such pipes are kept, and where
// descriptors are scarce only one; what further processes leave goes to the tail only,
// and the log says how much was dropped (backlog.go). As many pipes are kept of ended
// processes whose children still run and may print.
//
// A line that comes alone is read at once, a stream of lines at intervals (gather.go).
// The beginning of an unfinished line, such as a prompt or a progress bar, is shown in
// every target when nothing has followed for a fifth of a second.
//
// Memory is bounded, by one Buffer for everything that is held back: unfinished
// lines, tails, what is captured, what waits for syslog, for event listeners and for
// those who follow a log. A line is held back up to 1 MB, and only while there is
// room; after that it is passed on in pieces, as is a line that takes long to end. In
// format Prefix the pieces stand in one line, and behind " > " in a further one where
// another program has printed meanwhile; in JSON all but the last have "partial":true;
// in a file they look like one line. Nobody gets more of the buffer than is left for
// all others, so that there is always room for one more, and each holder has 4 kB for
// itself. Large pieces lie outside of the heap and go back to the kernel at once. The pipes in the kernel
// that are made larger than 64 kB have the same bound once more. Beside it there are
// 256 kB for each worker and for stdout and stderr, and for our own lines.
//
// Our own log (Logger, in the style of package logline) and supervisord's (LogFile) are written by a goroutine
// that exists while there is something to write; there lines are dropped and
// counted, since their writer is the loop, which does not wait.
package logs
