// Command entry-point is the init and supervisor of a web application's
// container: ENTRYPOINT ["/entry-point"].
//
// The order of main is the order of a start: flags, then the mode that they and
// the markers choose, then the prelude, then either launch (one command)
// or production (programs under supervision). Each returns an exit code; main
// holds the only os.Exit.
//
//	main.go            from the command line to a mode
//	options.go         the command line
//	debug.go           debug mode
//	launch.go          one command in our place
//	supervise.go       production mode, up to the start of its programs
//	production.go      production mode from there on
//	configuration.go   the configuration is read, and read again
//	prelude.go         the steps before the start, with their prelude_*.go
//	files.go           file systems are asked that may not answer
//	lastwords.go       why the container ends
package main
