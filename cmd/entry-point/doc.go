// Command entry-point is the init and supervisor of a web application's
// container: ENTRYPOINT ["/entry-point"].
//
// The order of main is the order of a start: flags, then the mode that they and
// the markers choose, then first-start setup, then either launch (one command)
// or production (programs under supervision). Each returns an exit code; main
// holds the only os.Exit.
package main
