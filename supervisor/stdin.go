package supervisor

import (
	"errors"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/incarnation"
)

// writeStdin writes to the standard input of one program; it never waits for it.
func (s *Supervisor) writeStdin(r control.Request, c *caller) {
	units := s.named(r.Names, c)
	if len(units) > 1 || len(r.Names) != 1 {
		c.fail(control.BadRequest, "what is written goes to one program")
		return
	}
	for _, u := range units {
		v := s.write(u, r.Data)
		c.result(control.Result{Name: u.Config.Name, Group: u.Config.Group, Status: v.status, Text: v.text})
	}
	c.done()
}

func (s *Supervisor) write(u *unit, data []byte) outcome {
	if !u.reachable() {
		return outcome{status: control.NotRunning, text: "not running"}
	}
	in := u.process.Stdin()
	if in == nil || u.Config.Pool != nil { // that of an event listener is the bus's
		return outcome{status: control.NoFile, text: "nobody can write to its standard input: that needs [unix_http_server] or [inet_http_server]"}
	}
	switch err := in.Write(data); {
	case errors.Is(err, incarnation.ErrClosed):
		return outcome{status: control.NoFile, text: err.Error()}
	case err != nil:
		return outcome{status: control.Failed, text: err.Error()}
	}
	return fine
}
