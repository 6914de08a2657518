package request

import (
	"time"

	"entrypoint/supervisor/control"
)

// Caller is who waits for the answers to one request.
type Caller struct {
	reply func(*control.Answer)
	asked time.Time
	by    string // who it is; "": it is not known
	gone  bool
	taps  []func() // end what it follows
}

// Of is the caller as in "on request of root (ctl)"; "": it is not known.
func (c *Caller) Of() string {
	if c.by == "" {
		return ""
	}
	return " of " + c.by
}

func (c *Caller) done() { c.reply(&control.Answer{Done: true}) }

func (c *Caller) fail(code, message string) {
	c.reply(&control.Answer{Error: &control.Error{Code: code, Message: message}})
}

func (c *Caller) result(r control.Result) { c.reply(&control.Answer{Result: &r}) }

// of answers with the outcome of a program.
func (c *Caller) outcome(p *Program, v Outcome) {
	c.result(control.Result{Name: p.Config.Name, Group: p.Config.Group, Status: v.Status, Text: v.Text, SpawnErr: v.Words})
}

// leave ends what somebody follows who has hung up.
func (c *Caller) leave() {
	c.gone = true
	c.unfollow()
}

func (c *Caller) unfollow() {
	for _, end := range c.taps {
		end()
	}
	c.taps = nil
}
