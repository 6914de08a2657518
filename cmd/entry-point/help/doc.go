// Package help answers the question what a word means that one may write in a
// configuration, on the command line or in the environment.
//
// A Book is all tables of words (config/vocabulary) and all topics. A topic is a file
// below topics: a title, prose and small tables in a subset of Markdown (markup.go),
// and lines "@words TABLE", where the words of a table stand. The text that a terminal
// shows is made here (text.go), and the objects for editors and checkers (json.go).
// Package manual makes the manual pages and the reference of the same Book; only a test
// links it, which compares them with those in cmd/entry-point/man. "go generate
// ./cmd/entry-point" writes them anew.
//
// "entry-point help" is ours as "entry-point ctl" is, except where the image has a
// command of that name: who types "docker run IMAGE help" wants help, and an image with
// a program called help has had it launched so far, which stays so. There, and
// anywhere, "entry-point -h WORD" is help, and "entry-point -- help" is the command.
//
// Nothing of this is built, or read from the disk, before somebody asks.
package help
