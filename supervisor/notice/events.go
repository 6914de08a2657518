package notice

import (
	"entrypoint/supervisor/events"
	"entrypoint/supervisor/program"
)

// Events are supervisord's events, for the event listeners.
type Events struct{ Bus *events.Bus }

// Take publishes what supervisord would publish.
func (e Events) Take(n *Notice) {
	switch f := n.Fact.(type) {
	case Serving:
		e.Bus.Publish(events.SupervisorState(true))
	case Ending:
		e.Bus.Publish(events.SupervisorState(false))
	case *Changed:
		for _, c := range program.Changes(&f.Before, &f.After) {
			e.changed(f, c)
		}
		if f.After.Config.Pool != nil {
			e.Bus.Running(n.Program, f.After.State == program.Running)
		}
	}
}

func (e Events) changed(f *Changed, c program.Change) {
	to := c.To.String()
	if !e.Bus.Wants("PROCESS_STATE_" + to) {
		return
	}
	d := events.StateDetail{Tries: f.After.Failures, PID: f.PID, Expected: f.After.Expected()}
	if c.From == program.Backoff {
		d.PID = 0 // there is no process
	}
	e.Bus.Publish(events.ProcessState(to, f.After.Config.Name, f.After.Config.Group, c.From.String(), d))
}
