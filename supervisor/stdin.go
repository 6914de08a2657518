package supervisor

import (
	"fmt"
	"os"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/pipe"
)

// input is our end of a program's standard input. As long as nobody writes to it,
// it is an open and silent pipe.
type input struct {
	pipe   *os.File
	feeder *feeder // from the first write on
}

func newInput() (in *input, stdin *os.File, err error) {
	ours, stdin, err := pipe.ToWrite()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot make a pipe for the standard input: %w", err)
	}
	return &input{pipe: os.NewFile(uintptr(ours), "pipe")}, stdin, nil
}

func (u *unit) closeInput() {
	switch in := u.input; {
	case in == nil:
	case in.feeder != nil:
		in.feeder.close()
	default:
		_ = in.pipe.Close()
	}
	u.input = nil
}

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
	in := u.input
	switch {
	case !u.reachable():
		return outcome{status: control.NotRunning, text: "not running"}
	case in == nil:
		return outcome{status: control.NoFile, text: "nobody can write to its standard input: that needs [unix_http_server] or [inet_http_server]"}
	case in.feeder == nil:
		in.feeder = s.newFeeder(in.pipe)
	case in.feeder.ended.Load():
		return outcome{status: control.NoFile, text: "it has closed its standard input"}
	}
	if err := in.feeder.send(data); err != nil {
		return outcome{status: control.Failed, text: err.Error()}
	}
	return fine
}
