package main

import (
	"os"
	"strconv"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/prelude"
)

// earlyAfter is after what time the prelude takes so long that somebody may want to know
// what it does. A socket that nobody needs would make each start longer.
const earlyAfter = 500 * time.Millisecond

// serveEarly opens the control socket if the prelude takes long. end is for the end of the
// prelude: after it nothing of that goes on.
func (a *app) serveEarly() (end func()) {
	opened := make(chan struct{})
	timer := time.AfterFunc(earlyAfter, func() {
		defer close(opened)
		a.openControl(&preparing{record: &a.prelude.record, since: time.Now().Add(-earlyAfter)})
	})
	return func() {
		if !timer.Stop() {
			<-opened
		}
	}
}

// preparing answers requests during the prelude. There is no program yet to ask about, or
// to do something with.
type preparing struct {
	record *prelude.Record
	since  time.Time
}

// Handle is that of control.Handler.
func (p *preparing) Handle(r *control.Request, reply func(*control.Answer)) (cancel func()) {
	steps := p.record.Steps()
	now := "the prelude"
	if n := len(steps); n > 0 && steps[n-1].Result == prelude.Running {
		now += ", where " + steps[n-1].Name + " runs for " + strconv.Itoa(int(steps[n-1].Seconds)) + " s"
	}
	switch r.Do {
	case control.DoInfo:
		reply(&control.Answer{Info: &control.Info{
			Protocol: control.Version, Version: version, PID: os.Getpid(), Identifier: "supervisor", State: "STARTING", Started: p.since, Setup: steps,
		}})
	case control.DoHealth:
		reply(&control.Answer{Health: &control.Health{Waiting: []string{now}}})
	default:
		reply(&control.Answer{Error: &control.Error{Code: control.NotRunning, Message: "no program has been started yet: entry-point is in " + now + " (entry-point ctl info)"}})
		return nil
	}
	reply(&control.Answer{Done: true})
	return nil
}
