package request

import (
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/offload"
)

// Desk answers requests. It belongs to the loop's goroutine, but for Handle.
type Desk struct {
	Host          Host
	Processes     Processes
	Configuration Configuration
	Logs          Logs
	MainLog       MainLog
	Files         *offload.Pool // asks the file systems of users
	History       History
	Events        func(kind, data string) // tells event listeners what somebody has sent them

	waiters map[string][]waiter // for the outcome of actions, by the full name of the program
}

// History is what has happened.
type History interface {
	Events() []control.Event
	Follow(f func(control.Event)) (cancel func())
}

// Handle begins to carry out a request; see control.Handler.
func (d *Desk) Handle(r *control.Request, reply func(*control.Answer)) (cancel func()) {
	c := &Caller{reply: reply, asked: time.Now(), by: r.By.String()}
	d.Host.Post(func() { d.answer(r, c) })
	return func() { d.Host.Post(c.leave) }
}

// row is how an operation is answered.
type row struct {
	answer  func(*Desk, *control.Request, *Caller)
	changes bool // it is refused while the container ends or starts anew
}

// rows are all operations but control.DoCtl, which is a client's. The table is never
// written.
var rows = [...]row{
	control.DoInfo:        {(*Desk).info, false},
	control.DoStatus:      {(*Desk).status, false},
	control.DoUsage:       {(*Desk).usage, false},
	control.DoConfig:      {(*Desk).config, false},
	control.DoStart:       {(*Desk).act, true},
	control.DoStop:        {(*Desk).act, true},
	control.DoRestart:     {(*Desk).act, true},
	control.DoSignal:      {(*Desk).act, true},
	control.DoStdin:       {(*Desk).stdin, false},
	control.DoClear:       {(*Desk).clear, false},
	control.DoLogs:        {(*Desk).logs, false},
	control.DoRead:        {(*Desk).read, false},
	control.DoEvents:      {(*Desk).events, false},
	control.DoReread:      {(*Desk).preview, false},
	control.DoReload:      {(*Desk).reload, false},
	control.DoUpdate:      {(*Desk).reload, false},
	control.DoAdd:         {(*Desk).addGroups, true},
	control.DoRemove:      {(*Desk).removeGroups, true},
	control.DoRenew:       {(*Desk).restartAll, false},
	control.DoRemoteEvent: {(*Desk).remoteEvent, false},
	control.DoShutdown:    {(*Desk).shutdown, false},
	control.DoHealth:      {(*Desk).health, false},
	control.DoDetail:      {(*Desk).detail, false},
}

// answer answers in the loop.
func (d *Desk) answer(r *control.Request, c *Caller) {
	if r.Do <= control.DoNothing || int(r.Do) >= len(rows) || rows[r.Do].answer == nil {
		c.fail(control.BadRequest, "unknown request "+r.Do.String())
		return
	}
	if rows[r.Do].changes && d.refuses(c) {
		return
	}
	rows[r.Do].answer(d, r, c)
}

// refuses answers a request that would change something at the wrong time.
func (d *Desk) refuses(c *Caller) bool {
	why := d.Host.Refusal()
	if why != nil {
		c.changed(nil, why)
	}
	return why != nil
}

func (d *Desk) info(_ *control.Request, c *Caller) {
	info := d.Host.Info()
	info.Waited = time.Since(c.asked).Seconds()
	c.reply(&control.Answer{Info: info})
	c.done()
}

// events answers with what has happened, and with what happens from now on.
func (d *Desk) events(r *control.Request, c *Caller) {
	for _, e := range d.History.Events() {
		c.reply(&control.Answer{Event: &e})
	}
	switch {
	case !r.Follow:
		c.done()
	case !c.gone:
		c.taps = append(c.taps, d.History.Follow(func(e control.Event) { c.reply(&control.Answer{Event: &e}) }))
	}
}

func (d *Desk) remoteEvent(r *control.Request, c *Caller) {
	d.Events(r.Type, string(r.Data))
	c.done()
}

func (d *Desk) shutdown(_ *control.Request, c *Caller) {
	c.done()
	d.Host.Shutdown(c.Of())
}
