package process

import (
	"strconv"
	"syscall"
)

// Exit codes that a shell, and so every script around a container, expects
// (POSIX, Shell Command Language, 2.8.2).
const (
	CodeCannotExecute = 126 // found, but cannot be executed
	CodeNotFound      = 127 // not found
	CodeSignal        = 128 // plus the number of the signal that killed it
)

// Exit is the end of one child of ours.
type Exit struct {
	PID    int
	Status syscall.WaitStatus
	// Err says why its command has never run, though Start had returned its pid: a
	// *StartError, whose exit code is that of Status; nil: it has run.
	Err error
}

// Code returns the exit code that a shell would report for the status: the
// process's own, 0 to 255, or 128 plus the signal that ended it.
func Code(s syscall.WaitStatus) int {
	if s.Signaled() {
		return CodeSignal + int(s.Signal())
	}
	return s.ExitStatus()
}

// Describe says how a process ended in the words of our log: "exit code 3",
// "killed by SIGSEGV (core dumped)".
func Describe(s syscall.WaitStatus) string {
	if !s.Signaled() {
		return "exit code " + strconv.Itoa(s.ExitStatus())
	}
	text := "killed by " + SignalName(s.Signal())
	if s.CoreDump() {
		text += " (core dumped)"
	}
	return text
}
