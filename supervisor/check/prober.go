package check

import (
	"errors"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/owner"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/probe"
)

// ProberHost is what a Prober needs of the loop.
type ProberHost interface {
	Post(func()) // lets the loop run something soon; any goroutine may call it
	Program(name string) *part.View
	// Run runs a command of a program as a helper process, and Look our own executable
	// as another user. done is called in the loop, perhaps at once: with nil if the exit
	// code was 0, and with the last lines that were printed.
	Run(name string, argv []string, limit time.Duration, now time.Time, done func(err error, lines []string))
	Look(uid, gid uint32, args []string, limit time.Duration, now time.Time, done func(err error, lines []string))
	// TryAgain says whether an error is no fault of the program, but a shortage of the
	// container's, for which it is to be tried again.
	TryAgain(name string, err error, now time.Time) bool
	Started() []int            // processes that we have started: main processes, helper processes, the gateway
	Named(owner.Holder) string // who has a socket, with the program that it belongs to; "": not known
}

// Process is the one that a probe asks.
type Process struct {
	Name       string // of its program
	PID, Group int
}

func processOf(v *part.View) Process { return Process{v.Name, v.PID, v.Group} }

// Prober puts probes, and knows which sockets are the programs' own.
type Prober struct {
	host  ProberHost
	files *offload.Pool                         // by what /proc is read; nil: by itself
	own   map[string]map[owner.Address][]string // by program: sockets that its process holds

	failures map[string]int // by program: searches for the owner of a socket that failed, in a row
}

// NewProber returns the prober of a loop.
func NewProber(h ProberHost, files *offload.Pool) *Prober { return &Prober{host: h, files: files} }

// Ask puts a probe, and calls answer in the loop after at most limit, and the time that
// it takes to find out whose answer it is.
func (r *Prober) Ask(of Process, p *config.Probe, limit time.Duration, now time.Time, answer func(err error, now time.Time)) {
	switch p.Kind {
	case config.ProbeHTTP:
		go func() {
			err := probe.Get(p, limit)
			r.host.Post(func() { r.connected(of, p, err, time.Now(), answer) })
		}()
	case config.ProbeExec:
		r.host.Run(of.Name, p.Command, limit, now, func(err error, _ []string) {
			now := time.Now()
			if err != nil && r.host.TryAgain(of.Name, err, now) { // an answer is the exit of a process, and no errno
				err = unaskedError{err}
			}
			answer(err, now)
		})
	default:
		r.connected(of, p, probe.Connect(p), now, answer)
	}
}

// connected takes the answer of a connection. A good one is asked for its owner.
func (r *Prober) connected(of Process, p *config.Probe, err error, now time.Time, answer func(error, time.Time)) {
	if e := (*probe.NoSocketError)(nil); errors.As(err, &e) && r.host.TryAgain(of.Name, err, now) {
		err = unaskedError{err}
	}
	if err != nil {
		answer(err, now)
		return
	}
	r.findOwner(of, p, answer)
}

// goesOn says whether the program has this process still, and does not stop.
func (r *Prober) goesOn(process Process) bool {
	v := r.host.Program(process.Name)
	return v != nil && v.PID == process.PID && v.Up()
}

// Forget drops what is known of a program's process.
func (r *Prober) Forget(name string) {
	delete(r.own, name)
	delete(r.failures, name)
}
