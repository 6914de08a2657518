package rpc

import (
	"errors"

	"entrypoint/supervisor/control"
)

// fault is an error that the client gets.
type fault struct {
	code  int
	text  string // of the code
	extra string
}

func (f *fault) Error() string {
	if f.extra == "" {
		return f.text
	}
	return f.text + ": " + f.extra
}

// The faults of supervisord.
const (
	unknownMethod    = 1
	incorrectParams  = 2
	badArguments     = 3
	signatureUnknown = 4
	shutdownState    = 6
	badName          = 10
	noFile           = 20
	failed           = 30
	notRunning       = 70
	success          = 80
)

// faultNames are never written.
var faultNames = map[int]string{
	unknownMethod: "UNKNOWN_METHOD", incorrectParams: "INCORRECT_PARAMETERS", badArguments: "BAD_ARGUMENTS",
	signatureUnknown: "SIGNATURE_UNSUPPORTED", shutdownState: "SHUTDOWN_STATE", badName: "BAD_NAME", 11: "BAD_SIGNAL",
	noFile: "NO_FILE", 21: "NOT_EXECUTABLE", failed: "FAILED", 40: "ABNORMAL_TERMINATION", 50: "SPAWN_ERROR",
	60: "ALREADY_STARTED", notRunning: "NOT_RUNNING", success: "SUCCESS", 90: "ALREADY_ADDED", 91: "STILL_RUNNING", 92: "CANT_REREAD",
}

func newFault(code int, extra string) *fault { return &fault{code, faultNames[code], extra} }

// codes are the protocol's codes as faults. It is never written.
var codes = map[string]int{
	control.OK: success, control.NoProgram: badName, control.NoGroup: badName, control.BadSignal: 11, control.NoFile: noFile,
	control.NotExecutable: 21, control.Failed: failed, control.Abnormal: 50, control.SpawnError: 50, control.AlreadyStarted: 60,
	control.NotRunning: notRunning, control.AlreadyAdded: 90, control.StillRunning: 91, control.BadConfig: 92,
	control.ShuttingDown: shutdownState, control.NoLog: noFile, control.BadRequest: badArguments,
}

// faultOf is an error of the protocol as a fault.
func faultOf(err error, extra string) *fault {
	if f := (*fault)(nil); errors.As(err, &f) {
		return f
	}
	if said := (*control.Error)(nil); errors.As(err, &said) {
		if code, ok := codes[said.Code]; ok {
			if code == shutdownState {
				extra = ""
			}
			if code == 92 {
				extra = said.Message
			}
			return newFault(code, extra)
		}
	}
	return newFault(failed, err.Error())
}
