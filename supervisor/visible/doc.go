// Package visible makes text that comes from elsewhere fit to stand in a line of
// ours: what programs print, what they are called, what a file, a request or an
// environment holds.
//
// A terminal obeys some characters and shows nothing of them: ESC and U+009B begin
// a command to it, a carriage return writes over what stands there, U+202E turns
// the text behind it round, U+2028 is a line end for some readers of logs. So a
// program could forge lines of our log, or hide what it is called. Here these
// become words that say which character stood there: \x1b, \u202e. A backslash of
// the text itself stays as it is, so what is escaped is to be read and not to be
// decoded.
//
// What a program prints is its own business and passes as it is. This is for where
// we quote it.
package visible
