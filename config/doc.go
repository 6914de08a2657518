// Package config turns files and the environment into a validated, typed
// Config: what entry-point supervises, and how.
//
// Load finds one file: the one that was asked for (-c), else entry-point.conf
// in the working directory, else /etc/entry-point.conf, else the program set
// that is built in (default.conf). supervisord's own search path is not looked
// at yet: a supervisord.conf that lies in an image may well use what is not
// supported here so far, and -c names it as easily.
//
// The way of one file: config/ini gives sections with line numbers; each key is
// found in the table (keys.go), its %(names)s are expanded (expand.go, scope.go)
// and its value is read. What an expansion has put into a value is data and is
// never parsed again: a quote, a comma or a "%" in an environment variable
// means nothing. Then a program of a known server is adapted (servers.go): kept
// in the foreground, stopped by the signal that stops it, probed at its socket.
// At last the dependencies are checked.
//
// Nothing is used unless all of it is good, and everything that is wrong is
// said at once, each as "file:line: [section] key: reason". A section or key
// that would start, or change, something that we cannot do yet is an error or
// a warning, never silence.
package config
