package check

import (
	"errors"
	"time"

	"entrypoint/config"
)

// flight is a probe that has been put and not answered. The answer to one that was
// dropped is not heard.
type flight struct{ dropped, landed bool }

func (f *flight) drop() {
	if f != nil {
		f.dropped = true
	}
}

// Answer is what a program has answered to a probe.
type Answer struct {
	At    time.Time // zero: nothing, so far
	Wrong string    // what was wrong; "": it was good
}

// note keeps the last answer to a probe.
func (e *entry) note(probe *config.Probe, err error, now time.Time) {
	a := &e.toReady
	if probe == &e.config.Live {
		a = &e.toLive
	}
	if a.At, a.Wrong = now, ""; err != nil {
		a.Wrong = err.Error()
	}
}

// ask puts a probe to the process of an entry. If the answer has come before ask
// returns, no probe is in flight, and ask returns nil. An answer is not heard when the
// process has gone meanwhile.
func (p *Part) ask(e *entry, probe *config.Probe, limit time.Duration, now time.Time, answer func(err error, now time.Time)) *flight {
	f := &flight{}
	p.asker.Ask(e.Process, probe, limit, now, func(err error, now time.Time) {
		if f.landed = true; f.dropped {
			return
		}
		p.noteForeign(e, err)
		e.note(probe, err, now)
		if p.up(e) {
			answer(err, now)
		}
	})
	if f.landed {
		return nil
	}
	return f
}

// Probe asks the readiness probe of a program once, whether it is ready already or not,
// and calls tell in the loop.
func (p *Part) Probe(name string, now time.Time, tell func(err error, now time.Time)) {
	v := p.host.Program(name)
	if v == nil {
		tell(errGone, now)
		return
	}
	p.asker.Ask(processOf(v), &v.Config.Ready, answerTime, now, func(err error, now time.Time) {
		if e := p.entries[name]; e != nil {
			p.noteForeign(e, err)
		}
		tell(err, now)
	})
}

var errGone = errors.New("there is no such program any more")

// noteForeign says in the log, once, that the answer of a probe is somebody else's.
func (p *Part) noteForeign(e *entry, err error) {
	if !isForeign(err) || e.foreign == err.Error() {
		return
	}
	e.foreign = err.Error()
	p.host.Log(e.Name, "not ready, "+err.Error()+", so what is answered there does not count")
}

// foreignError is the answer of a socket that is somebody else's.
type foreignError struct{ text string }

func (e foreignError) Error() string { return e.text }

func isForeign(err error) bool { return errors.As(err, &foreignError{}) }

// unaskedError is that a probe could not be put: the container lacks what it takes. It
// says nothing about the program.
type unaskedError struct{ error }

func isUnasked(err error) bool { return errors.As(err, &unaskedError{}) }
