package notice

import (
	"slices"
	"strings"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// longestText is how many bytes are kept of what names programs, of which there may be
// thousands.
const longestText = 500

// request stands before " of " and the name of somebody who has asked for something.
const request = "request"

// historySize is how many events are kept for those who ask later.
const historySize = 256

// History is what has happened, for those who ask and those who follow it.
type History struct {
	events    []control.Event
	followers []*func(control.Event)
}

// Take keeps a change of state, and what else is worth being known later.
func (h *History) Take(n *Notice) {
	e := control.Event{Time: n.Time, Program: n.Program}
	from, to, by, stateless := program.Stopped, program.Stopped, "", n.Program == ""
	switch f := n.Fact.(type) {
	case *Changed:
		if f.Before.State == f.After.State {
			return
		}
		from, to, e.Text = f.Before.State, f.After.State, f.sentence(n.Time)
		by, e.Bad = f.Order, n.Verdict != nil && f.ends()
	case Remark:
		from, to, e.Text = f.State, f.State, f.Text
	case EndAsked:
		if f.Then != Draining { // else the notices of the programs say it all
			return
		}
		e.Text = f.sentence()
	case SignalSent:
		e.Text, by, stateless = "sent "+process.SignalName(f.Signal), request+f.By, true
	case RestartAsked:
		e.Text, by = "stopping everything, to start anew", request+f.By
	case Restarted:
		e.Text = "started anew"
	case ConfigRead:
		if e.Text = line(n); len(e.Text) > longestText {
			e.Text = e.Text[:longestText] + "..."
		}
	default:
		return
	}
	_, e.By, _ = strings.Cut(by, request+" of ")
	if !stateless {
		e.From, e.To = from.String(), to.String()
	}
	if len(h.events) >= historySize {
		h.events = append(h.events[:0], h.events[historySize/4:]...)
	}
	h.events = append(h.events, e)
	for _, f := range h.followers {
		(*f)(e)
	}
}

// Events is what has happened, the oldest first.
func (h *History) Events() []control.Event { return h.events }

// Follow calls f for everything that happens from now on, until cancel is called.
func (h *History) Follow(f func(control.Event)) (cancel func()) {
	h.followers = append(slices.Clip(h.followers), &f)
	return func() {
		// A copy: Take may be going through the list.
		h.followers = slices.DeleteFunc(slices.Clone(h.followers), func(o *func(control.Event)) bool { return o == &f })
	}
}
