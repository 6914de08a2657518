// Package logline says how a line of entry-point's own log looks: the text with a prefix,
// perhaps with the time before it, or with log_format = json an object like those of the
// programs, so that whoever reads the container's output with a program can read all of
// it. What happened is told in the message; a verdict (package verdict) is there as
// fields, too.
package logline
