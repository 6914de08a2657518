package launch

import (
	"os"
	"syscall"
	"time"
)

// Command is one command to run to its end.
type Command struct {
	Argv []string // Argv[0] is looked up in the PATH of Env
	Env  []string // nil: our own environment
	Dir  string   // "": our own working directory

	Stdin, Stdout, Stderr *os.File // nil: our own

	// KillAfter bounds how long the command may go on after the first stop
	// signal (TERM, INT, QUIT, HUP) was forwarded to it; then its process
	// group gets SIGKILL. 0: never, the caller's docker stop -t decides.
	KillAfter time.Duration
}

// Result is how a command ended.
type Result struct {
	// Code is the exit code as a shell reports it: the command's own, or
	// 128+signal, 126 cannot execute, 127 not found.
	Code int
	// Stopped is the first stop signal (TERM, INT, QUIT, HUP) that arrived
	// while the command ran; 0 when none did.
	Stopped syscall.Signal
}
