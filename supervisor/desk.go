package supervisor

import (
	"cmp"
	"errors"
	"iter"
	"maps"
	"os"
	"slices"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/container"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/events"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/reload"
	"entrypoint/supervisor/request"
	"entrypoint/supervisor/usage"
)

// openDesk makes the desk that answers the requests of the control socket.
func (s *Supervisor) openDesk() {
	d := &desk{s}
	s.about.desk = request.Desk{
		Host: d, Processes: d, Configuration: d, Logs: s.Output, MainLog: &mainLog{s.notices.journal, s},
		Files: s.Files, History: s.notices.history,
		Events: func(kind, data string) { s.notices.bus.Publish(events.RemoteCommunication(kind, data)) },
	}
}

// Handle begins to carry out a request of the control socket; see control.Handler.
func (s *Supervisor) Handle(r *control.Request, reply func(*control.Answer)) (cancel func()) {
	return s.about.desk.Handle(r, reply)
}

// desk is what requests see of the loop: request.Host, Processes and Configuration.
type desk struct{ s *Supervisor }

// Post lets f run in the loop.
func (d *desk) Post(f func()) { d.s.post(f) }

// Wish puts wishes into the queue. granted is called when all of them are.
func (d *desk) Wish(wishes []part.Wish, granted func()) {
	d.s.parts.wishes = append(d.s.parts.wishes, wishes...)
	d.s.parts.granted = append(d.s.parts.granted, granted)
}

// Program is a program by its full name, which may be about to go; nil: there is none.
func (d *desk) Program(name string) *request.Program {
	if u := d.s.byName[name]; u != nil {
		return d.shown(u)
	}
	return nil
}

// Programs are all of them, in the order of their ranks.
func (d *desk) Programs() iter.Seq[*request.Program] {
	return func(yield func(*request.Program) bool) {
		for _, u := range d.s.units {
			if !yield(d.shown(u)) {
				return
			}
		}
	}
}

// shown is what a request sees of u.
func (d *desk) shown(u *unit) *request.Program {
	return &request.Program{
		Program: u.Program, Name: u.name, Ended: u.pending() != nil, Starts: u.starts, Exits: u.exits, StopAt: u.stopAt, EndedAt: u.endedAt,
		Order: u.order, SpawnErr: u.spawnErr, Skipped: d.s.parts.once.Skipped(u.name), Lack: request.Lack{What: u.lacks, Since: u.lacksSince},
		Recent: u.restarts.sum(),
	}
}

// End is how the last process of a program has ended.
func (d *desk) End(name string) request.End {
	u := d.s.byName[name]
	return request.End{
		How: u.diagnosis.End(u.Program), Whole: u.diagnosis.Last(u.Program, u.endedAt), Reason: u.diagnosis.Text,
		Verdict: u.diagnosis.Sentence(name), SpawnErr: notice.BadEnd(&u.Program),
	}
}

// WaitsFor says what a program waits for: its lease, or others.
func (d *desk) WaitsFor(name string) request.Wait {
	if d.s.parts.once.Waits(name) {
		return request.Wait{Kind: control.WaitsContainer, For: "for another container that runs it"}
	}
	return d.s.waitsFor(d.s.byName[name])
}

// Unready says why a program that runs is not ready.
func (d *desk) Unready(name string) string { return d.s.parts.check.Why(name) }

// NextRun is when the next run of a program's schedule begins; zero: there is none.
func (d *desk) NextRun(name string, now time.Time) time.Time {
	return d.s.parts.schedule.Next(name, now)
}

// Refusal says why nothing may be changed now; nil: it may.
func (d *desk) Refusal() error {
	switch {
	case d.s.state.Final():
		return coded(errStopping)
	case d.s.state.Phase == container.Restarting:
		return coded(errRestarting)
	}
	return nil
}

// coded is an error with a code of the protocol, if it comes from the container's phase.
func coded(err error) error {
	if errors.Is(err, errStopping) || errors.Is(err, errRestarting) {
		return &control.Error{Code: control.ShuttingDown, Message: err.Error()}
	}
	return err
}

// Ending says whether the container ends.
func (d *desk) Ending() bool { return d.s.state.Ending() }

// Info is who we are and how we are.
func (d *desk) Info() *control.Info {
	s := d.s
	state := "RUNNING"
	switch {
	case s.state.Final():
		state = "SHUTDOWN"
	case s.state.Phase == container.Restarting:
		state = "RESTARTING"
	}
	steps := []control.Step{}
	if s.Steps != nil {
		steps = s.Steps()
	}
	return &control.Info{
		Protocol: control.Version, Version: s.Version, PID: os.Getpid(), Identifier: s.container.Identifier,
		State: state, Started: s.about.startedAt, Source: s.configuration.source, Programs: len(s.units), Orphans: s.about.orphans,
		Setup: steps,
	}
}

// Shutdown ends the container. A second order is none to kill, as a second signal is.
func (d *desk) Shutdown(by string) {
	if !d.s.state.Requested() {
		d.s.stopSignal(0, "a request"+by+" to end", time.Now())
	}
}

// Executable says what is wrong with the command of a program, if it cannot be found.
func (d *desk) Executable(name string) request.Outcome {
	c := d.s.byName[name].Config
	_, err := d.s.look(c, c.Command[0])
	if err == nil || isLate(err) { // then the start waits, and says so
		return request.Outcome{}
	}
	v := request.Outcome{Status: control.NotExecutable, Text: err.Error(), Words: notice.NotFound(c.Command[0], err)}
	if process.StartCode(err) == process.CodeNotFound {
		v.Status = control.NoFile
	}
	return v
}

// Signal sends a signal to the main process of a program.
func (d *desk) Signal(name string, sig syscall.Signal, by, of string) error {
	u := d.s.byName[name]
	if err := d.s.Table.Signal(u.PID, sig); err != nil {
		return err
	}
	u.diagnosis.Sent(sig, cmp.Or(by, "the operator"))
	d.s.tell(u, time.Now(), notice.SignalSent{Signal: sig, By: of})
	return nil
}

// Write writes to the standard input of a program.
func (d *desk) Write(name string, data []byte) request.Outcome {
	u := d.s.byName[name]
	if !u.reachable() {
		return request.Outcome{Status: control.NotRunning, Text: "not running"}
	}
	in := u.process.Stdin()
	if in == nil || u.Config.Pool != nil { // that of an event listener is the bus's
		return request.Outcome{Status: control.NoFile, Text: "nobody can write to its standard input: that needs [unix_http_server] or [inet_http_server]"}
	}
	switch err := in.Write(data); {
	case errors.Is(err, incarnation.ErrClosed):
		return request.Outcome{Status: control.NoFile, Text: err.Error()}
	case err != nil:
		return request.Outcome{Status: control.Failed, Text: err.Error()}
	}
	return request.Outcome{Status: control.OK}
}

// ClearLogs empties the log files that the process of a program has open.
func (d *desk) ClearLogs(name string) bool {
	u := d.s.byName[name]
	return u.process != nil && u.process.ClearLogs()
}

// ReloadProgram lets a program read its own configuration again.
func (d *desk) ReloadProgram(name string, told func(request.Outcome)) {
	d.s.parts.reload.Start(name, time.Now(), func(err error, _ time.Time) {
		switch {
		case err == nil:
			told(request.Outcome{Status: control.OK})
		case errors.Is(err, reload.ErrNotRunning):
			told(request.Outcome{Status: control.NotRunning, Text: err.Error()})
		default:
			told(request.Outcome{Status: control.Failed, Text: err.Error()})
		}
	})
}

// Usage reads what all main processes and we ourselves use.
func (d *desk) Usage(told func(map[int]usage.Usage)) { d.s.readUsage(told) }

// readUsage reads what all main processes, also those that nobody has asked for, and we
// ourselves use; told is called beside the loop.
func (s *Supervisor) readUsage(told func(map[int]usage.Usage)) {
	s.about.usage.Read(s.Files, slices.Collect(maps.Keys(s.byPID)), told)
}

// ReloadAll reads the configuration again and carries it out.
func (d *desk) ReloadAll(told func(*control.Changes, error)) {
	d.s.reloadConfiguration(func(c *control.Changes, err error) { told(c, coded(err)) })
}

// Preview tells what ReloadAll would change.
func (d *desk) Preview(told func(*control.Changes, error)) {
	d.s.preview(func(c *control.Changes, err error) { told(c, coded(err)) })
}

// RestartAll stops everything, reads the configuration again and starts anew.
func (d *desk) RestartAll(by string, told func(error)) {
	d.s.restartAll(by, func(err error) { told(coded(err)) })
}

// Written are the programs of the configuration that was read last.
func (d *desk) Written() []*config.Program { return d.s.configuration.lastRead.Programs }

// AddGroup starts a group of that configuration.
func (d *desk) AddGroup(name string) (added bool) {
	s := d.s
	s.forget() // it may have been removed in this turn
	for i, p := range s.configuration.lastRead.Programs {
		if p.Group == name {
			s.add(p).place = i
			added = true
		}
	}
	if added {
		s.arrange()
		s.setGroups()
	}
	return added
}

// mainLog is supervisord's own log, for requests.
type mainLog struct {
	journal *notice.Journal
	s       *Supervisor
}

// Tap is that of request.MainLog, and so are the others.
func (l *mainLog) Tap(begin, f func([]byte)) (cancel func()) { return l.journal.Recent().Tap(begin, f) }
func (l *mainLog) Last() (last []byte, total int64)          { return l.journal.Recent().Last() }
func (l *mainLog) Clear()                                    { l.journal.Clear() }

// File is the file of the log, when what is on its way to it has been written.
func (l *mainLog) File() string {
	if !l.journal.HasFile() {
		return ""
	}
	l.journal.Flush(100 * time.Millisecond)
	return l.s.container.Logfile
}
