package check

import (
	"strings"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/notify"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
)

// Notified takes a message of sd_notify(3) that a process of the program has sent.
func (p *Part) Notified(name string, m notify.Message, now time.Time) {
	e := p.entries[name]
	if e == nil || !p.up(e) {
		return
	}
	tells := e.config.Ready.Kind == config.ProbeNotify
	switch {
	case tells && m.Ready:
		p.becomeReady(e, "ready, by its own word", now)
	case tells && (m.Reloading || m.Stopping) && e.ready:
		text := "not ready any more, by its own word: it reloads"
		if m.Stopping {
			text = "not ready any more, by its own word: it stops"
		}
		p.host.Note(name, text, now)
		p.host.Want(part.Wish{Program: name, Event: program.Event{Kind: program.NotReady}})
	}
	if e.config.Live.Kind != config.ProbeNotify {
		return
	}
	if m.Alive && !e.liveAt.IsZero() {
		e.liveAt = now.Add(e.config.LivePeriod())
	}
	if m.Trigger {
		e.liveAt = now
	}
}

// Wrote is called when the process has written a line to the descriptor of its
// readiness (fd:N).
func (p *Part) Wrote(name string, now time.Time) { p.says(name, "ready", now) }

// Printed is called when the process has printed what its readiness probe waits for
// (log:PATTERN).
func (p *Part) Printed(name string, now time.Time) {
	p.says(name, "ready, it has printed what was waited for", now)
}

// Unsearched is called when the output of the process cannot be searched any more for
// what its readiness probe waits for.
func (p *Part) Unsearched(name string, err error) {
	if e := p.entries[name]; e != nil {
		e.unready = err.Error()
		p.host.Log(name, "cannot search its output for "+strings.TrimPrefix(e.config.Ready.String(), "log:")+": "+err.Error())
	}
}

func (p *Part) says(name, text string, now time.Time) {
	if e := p.entries[name]; e != nil && p.up(e) {
		p.becomeReady(e, text, now)
	}
}
