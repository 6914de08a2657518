package notice

import (
	"errors"
	"strconv"
	"syscall"

	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// What supervisord says of a start that has failed or an end that was bad, for the journal
// and for its clients.

// TooQuick is supervisord's word for a process that did not stay up.
const TooQuick = "Exited too quickly (process log may have details)"

// missingError is that the command of a program is not there, or is nothing that could be
// executed, as was found out before anything was started.
type missingError struct{ error }

func (e missingError) Unwrap() error { return e.error }

// Missing marks an error as what is wrong with the command's file, found out before
// anything was started.
func Missing(err error) error {
	if err == nil {
		return nil
	}
	return missingError{err}
}

// SpawnError is why a process could not be started: in supervisord's words where it looks
// for the same (Missing), else in ours. supervisord's child would only end with 127.
func SpawnError(command string, err error) string {
	if missing := (missingError{}); errors.As(err, &missing) {
		return NotFound(command, missing.error)
	}
	return err.Error()
}

// NotFound is what is wrong with a command's file.
func NotFound(command string, err error) string {
	switch command = "'" + command + "'"; {
	case process.StartCode(err) == process.CodeNotFound:
		return "can't find command " + command
	case errors.Is(err, syscall.EISDIR):
		return "command at " + command + " is a directory"
	case process.NobodyMay(err):
		return "command at " + command + " is not executable"
	case errors.Is(err, syscall.EACCES):
		return "no permission to run command " + command
	}
	return err.Error()
}

// BadEnd is why the last end of a program was bad; "": it was not, or there was none.
func BadEnd(p *program.Program) string {
	switch {
	case p.State == program.Backoff, p.State == program.Fatal:
		return TooQuick
	case p.State != program.Exited || p.Expected():
		return ""
	case p.Status.Signaled():
		return "Bad exit code -1"
	}
	return "Bad exit code " + strconv.Itoa(p.Status.ExitStatus())
}
