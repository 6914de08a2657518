package incarnation

import (
	"os"

	"entrypoint/supervisor/logs"
)

// Outputs is where the output of processes goes: a Pump, or a fake in tests.
type Outputs interface {
	// Direct returns the file that a process can be given itself, because nothing has
	// to look at what it prints.
	Direct(logs.Spec) (*os.File, bool)
	// Open makes a pipe for one output stream of a process.
	Open(logs.Spec) (Stream, error)
}

// Stream is one output stream of one process that passes through us, as
// logs.Stream is one. Exactly one of Abort and Ended is called for each.
type Stream interface {
	File() *os.File       // the end of the process, until Start or Abort
	Start(pid int)        // the process has been started
	Abort()               // it could not be started
	Ended(drained func()) // it has ended; drained (nil: nobody) is called on another goroutine when all of its output has been read
	Clear()               // empties the log files
	Last() []byte         // what this process has printed last; nil: it is not kept
}

// Pump is a logs.Pump whose streams are an interface.
type Pump struct{ *logs.Pump }

// Open is Outputs.Open.
func (p *Pump) Open(spec logs.Spec) (Stream, error) {
	s, err := p.Pump.Open(spec)
	if err != nil {
		return nil, err // a nil *logs.Stream in a Stream would not be nil
	}
	return s, nil
}
