package supervisor

import (
	"errors"
	"os"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/activation"
	"entrypoint/supervisor/events"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/notify"
	"entrypoint/supervisor/process"
)

// start starts the process of u, with all that belongs to it.
func (s *Supervisor) start(u *unit) (*incarnation.Incarnation, error) {
	c := u.Config
	spec, err := s.specOf(c, c.Command)
	if err != nil {
		return nil, err
	}
	file, missing := s.look(c, c.Command[0])
	if isLate(missing) {
		return nil, missing
	}
	if missing == nil {
		spec.File = file
	}
	plan := &incarnation.Plan{
		Name: u.name, Config: c, Spec: spec, Start: s.fork, Writable: len(s.container.Servers) > 0,
		Outputs: s.Output, Buffer: s.Buffer, Says: words{s, u.name},
		Logs:    s.streamLogs(),
		Hearers: [2]incarnation.Hearer{s.hearer(c, &c.Stdout, "stdout"), s.hearer(c, &c.Stderr, "stderr")},
	}
	if missing != nil {
		// That is told only when everything else is open: supervisord makes the log files
		// of a program that is not there, too.
		plan.Start = func(*process.Spec) (int, error) { return 0, notice.Missing(missing) }
	}
	if c.Socket != nil {
		if plan.Socket, err = s.openSocket(c.Socket); err != nil {
			return nil, err
		}
	}
	i, err := incarnation.Open(&host{s}, plan)
	if err == nil && c.Pool != nil {
		s.notices.bus.Started(u.name)
	}
	return i, err
}

// streamLogs is what the configuration says of the output of all programs.
func (s *Supervisor) streamLogs() incarnation.Logs {
	return incarnation.Logs{StripANSI: s.container.StripANSI, Dir: s.container.ChildLogDir, Identifier: s.container.Identifier}
}

// hearer is who hears what a program prints on a stream: the pool of an event listener,
// and those to whom it is an event.
func (s *Supervisor) hearer(c *config.Program, stream *config.Stream, name string) (h incarnation.Hearer) {
	if c.Pool != nil && name == "stdout" {
		h.Printed = func(_ int, data []byte) { s.notices.bus.Received(c.FullName(), data, time.Now()) }
		return h
	}
	log, capture := events.LogStderr, events.CommStderr
	if name == "stdout" {
		log, capture = events.LogStdout, events.CommStdout
	}
	if stream.Events && s.notices.bus.Wants(log) {
		h.Printed = func(pid int, data []byte) {
			for _, e := range events.ProcessLog(name, c.Name, c.Group, pid, data) {
				s.notices.bus.Publish(e)
			}
		}
	}
	if stream.Capture > 0 && s.notices.bus.Wants(capture) {
		h.Captured = func(pid int, data []byte) {
			s.notices.bus.Publish(events.ProcessCommunication(name, c.Name, c.Group, pid, data))
		}
	}
	return h
}

// send is what the bus sends events with, to the event listener of that name.
func (s *Supervisor) send(name string, data []byte) error {
	if u := s.byName[name]; u != nil && u.Config.Pool != nil && u.process != nil {
		return u.process.Stdin().Write(data)
	}
	return errors.New("it is not there")
}

// Search starts the gateway's binary as a helper process that searches what a program prints.
func (h *host) Search(name string, stdin *os.File, done func(error)) error {
	u := h.s.byName[name]
	file, err := activation.Find(h.s.Executable, h.s.inherited.environ, h.s.Files)
	if err != nil {
		return err
	}
	h.s.run(u, []string{file, "match", u.Config.Ready.Pattern}, stdin, 0, time.Now(), func(err error, _ []string) { done(err) })
	return nil
}

// ProgramOf is the program whose main process has that pid; "": none has.
func (h *host) ProgramOf(pid int) string {
	if u := h.s.byPID[pid]; u != nil {
		return u.name
	}
	return ""
}

// words are what the process of a program says of itself, on their way to package check.
type words struct {
	s    *Supervisor
	name string
}

func (w words) Notified(m notify.Message) { w.s.parts.check.Notified(w.name, m, time.Now()) }
func (w words) Wrote()                    { w.s.parts.check.Wrote(w.name, time.Now()) }
func (w words) Printed()                  { w.s.parts.check.Printed(w.name, time.Now()) }
func (w words) Unsearched(err error)      { w.s.parts.check.Unsearched(w.name, err) }
