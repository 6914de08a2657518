package incarnation

import (
	"fmt"
	"os"

	"entrypoint/config"
	"entrypoint/supervisor/notify"
	"entrypoint/supervisor/process"
)

// Host is what an incarnation needs of the loop.
type Host interface {
	// Post lets f run in the loop. Any goroutine may call it, and it does not wait.
	Post(f func())
	// Search starts a helper process that reads what a program prints from stdin, and
	// ends well when it has found what the program's readiness probe waits for. done is
	// called once in the loop when it has ended or could not be started, unless Search
	// itself returns an error.
	Search(program string, stdin *os.File, done func(error)) error
	// ProgramOf is the full name of the program whose main process pid is; "": of none.
	ProgramOf(pid int) string
	// Log writes one line of our own log.
	Log(name, text string)
}

// Listener hears what a process says of itself. Its methods are called in the loop, and
// not after Close.
type Listener interface {
	Notified(notify.Message) // by sd_notify(3)
	Wrote()                  // a line to the descriptor of its readiness
	Printed()                // what its readiness probe waits for
	Unsearched(error)        // its output cannot be searched for that
}

// Plan is what a process is to be given.
type Plan struct {
	Name   string // of its program, in full
	Config *config.Program

	// Spec is what is executed, and as whom. Its Stdin is a silent one (Silence); Open
	// adds the rest to it.
	Spec *process.Spec
	// Start starts the process, with what has been added to Spec.
	Start func(*process.Spec) (pid int, err error)
	// Socket is the listening socket of socket=; nil: it has none. It stays the caller's.
	Socket *os.File
	// Writable says whether others may write to the standard input.
	Writable bool

	Outputs Outputs
	Logs    Logs
	Hearers [2]Hearer // of stdout and stderr
	Says    Listener
	Buffer  Buffer // counts the memory of what waits on its way to or from the process
}

// Buffer counts memory: Take asks for n bytes more for someone who has had have, Give
// gives n back. Any goroutine may call it.
type Buffer interface {
	Take(have, n int) bool
	Give(n int)
}

// Incarnation is one process of a program. It belongs to the loop.
type Incarnation struct {
	host     Host
	pid      int
	stdin    *Stdin       // nil: nobody can write to it
	notifier *notifier    // nil: it does not say how it is
	output   *output      // nil: none of it passes through us
	exit     *PendingExit // nil: it has not ended
}

// Open opens everything that belongs to a process, and starts the process.
func Open(h Host, p *Plan) (*Incarnation, error) {
	i := &Incarnation{host: h}
	theirs, err := i.open(p)
	if err == nil {
		i.pid, err = p.Start(p.Spec)
	}
	for _, f := range theirs { // the process has its own by now
		f.Close()
	}
	if err != nil {
		i.output.abort()
		i.Close()
		return nil, err
	}
	i.output.started(i.pid)
	return i, nil
}

// open adds to the plan what belongs to this process only. theirs are the files that
// the process inherits and that are of no use to us.
func (i *Incarnation) open(p *Plan) (theirs []*os.File, err error) {
	c := p.Config
	onSocket := p.Socket != nil && !c.Socket.Activate // the socket is its standard input
	switch {
	case onSocket:
		p.Spec.Stdin = p.Socket
	case p.Socket != nil:
		p.Spec.Listen = []*os.File{p.Socket}
	}
	if c.Pool != nil || p.Writable && !onSocket {
		what := "the standard input"
		if c.Pool != nil {
			what = "events"
		}
		stdin, end, err := openStdin(p.Buffer)
		if err != nil {
			return nil, fmt.Errorf("cannot make a pipe for %s: %w", what, err)
		}
		i.stdin, p.Spec.Stdin = stdin, end
		theirs = append(theirs, end)
	}
	n, end, err := openNotifier(i.host, p)
	if err != nil {
		return theirs, err
	}
	i.notifier = n
	if end != nil {
		theirs = append(theirs, end)
	}
	i.output, err = openOutput(i.host, p, n)
	return theirs, err
}

// PID is the process's.
func (i *Incarnation) PID() int { return i.pid }

// Stdin is what others can write to; nil: nobody can.
func (i *Incarnation) Stdin() *Stdin { return i.stdin }

// ClearLogs empties the log files that its output goes to, and says whether it has any
// output that passes through us. After its end they are nobody's any more.
func (i *Incarnation) ClearLogs() bool {
	if i.output == nil || i.exit != nil {
		return false
	}
	i.output.clear()
	return true
}

// Close closes what we still have of a process that has ended, or could not be started.
// It is called once.
func (i *Incarnation) Close() {
	if i.stdin != nil {
		i.stdin.close()
	}
	if i.notifier != nil {
		i.notifier.close()
	}
}
