// Package logs carries what programs print to where it belongs, without ever
// making PID 1's loop wait for whoever reads it.
//
// In format Raw the program gets the container's descriptor itself (direct.go), if
// nobody has to look at what it prints. Else a stream is a pipe, read by a lane
// (lane.go): one goroutine for all streams that go to one place that may block, so
// that a reader that has stopped reading stops those and no others. What is read
// passes strip_ansi (strip.go) and capture mode (capture.go), is kept for a while
// (tail.go), and goes to the targets: the container's output, as it is or line by
// line in a format (console.go, prefix.go, json.go), files that are rotated between
// lines (file.go, rotate.go), syslog.
//
// Nothing is dropped while a reader lives: a full pipe holds up its writer, as it
// would without us. Memory is bounded: a line is held back up to 1 MB and passed
// on in pieces from there on.
//
// Our own log (Logger) and supervisord's (LogFile) are written by a goroutine
// that exists while there is something to write; there lines are dropped and
// counted, since their writer is the loop, which does not wait.
package logs
