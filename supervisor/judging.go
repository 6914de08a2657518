package supervisor

import (
	"errors"
	"os"
	"strconv"
	"syscall"
	"time"

	"entrypoint/supervisor/cgroup"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/owner"
	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/verdict"
)

// sentence is why a program has ended badly, and what is noted for it meanwhile.
type sentence struct {
	verdict verdict.Verdict // on the last process; zero: it has not ended badly
	text    string          // whole, but for the name, also where there was no process; "": nothing went wrong
	record  *verdict.Record // the same as facts; nil: nothing went wrong
	sent    syscall.Signal  // by the operator, to the process that runs; 0: none
	sender  string          // who that is
	order   string          // why the last process was stopped, and who wanted that; "": it was not
	blame   string          // why we end the process that runs; "": nobody found fault with it
}

// searchTime is how long the end of a process may wait for the one that has its
// port.
const searchTime = time.Second

// countEvery is how often an end that is not a bad one makes us count what the kernel
// has killed: at a stop there may be a thousand of them at once.
const countEvery = time.Second

// bad says whether an end of u is one that asks for a verdict.
func (u *unit) bad(status syscall.WaitStatus) bool {
	if u.State == program.Stopping && u.StopRequested {
		return u.Killed || u.sentence.blame != ""
	}
	ended := u.Program
	ended.Status, ended.Code = status, process.Code(status)
	return ended.Premature() || !ended.Expected()
}

// search looks for who has the port that a process wanted, beside the loop, and
// says whether it does so.
func (s *Supervisor) search(u *unit, d *incarnation.PendingExit) bool {
	if !d.Printed() || !u.bad(d.Exit.Status) {
		return false
	}
	d.Facts.Last, d.Facts.Errors = d.LastWords()
	wanted, inUse := verdict.Wanted(d.Facts.Last)
	if _, port := u.Config.Ready.TCP(); inUse && wanted == (verdict.Address{}) && u.Config.Ready.Network() == "tcp" {
		wanted.Port = port
	}
	if d.Facts.Wanted = wanted; wanted == (verdict.Address{}) {
		return false
	}
	d.Until = time.Now().Add(searchTime)
	go func() {
		var holder owner.Holder
		_ = s.Files.Run("look for who listens", func() { holder = owner.Find(wanted, d.Until) })
		s.post(func() {
			if u.pending() == d {
				d.Facts.Holder = s.nameOf(holder)
				s.died(u, d)
			}
		})
	}()
	return true
}

// nameOf says who has an address.
func (s *Supervisor) nameOf(h owner.Holder) string {
	if h.Left {
		return "nobody: the file was left over"
	}
	group, err := syscall.Getpgid(h.PID)
	program := ""
	for _, u := range s.units {
		if h.PID != 0 && err == nil && u.Group == group || s.checks.Holds(u.name, h.Sockets) {
			program = "program " + u.name
		}
	}
	switch {
	case h.PID == 0: // what it holds is hidden, but a probe may have found it
		return program
	case program != "":
		program = ", of " + program
	}
	return h.Name + " (process " + strconv.Itoa(h.PID) + program + ")"
}

// judge finds the verdict on the end of a process, before its program hears of it.
func (s *Supervisor) judge(u *unit, d *incarnation.PendingExit) {
	bad, before := u.bad(d.Exit.Status), u.sentence
	u.sentence = sentence{}
	if u.State == program.Stopping && u.StopRequested {
		u.sentence.order = u.order
	}
	f := &d.Facts
	if bad || s.countedAt.IsZero() || d.At.Sub(s.countedAt) >= countEvery {
		f.Memory, s.countedAt = s.memory(), d.At
	}
	outOfMemory := false
	if bad {
		f.Early = u.Premature()
		f.Status, f.Up, f.UID, f.By = d.Exit.Status, d.At.Sub(u.StartedAt), os.Geteuid(), s.endedBy(u, d, before)
		if u.Config.User != nil {
			f.UID = int(u.Config.User.UID)
		}
		if f.Last == nil && d.Printed() {
			f.Last, f.Errors = d.LastWords()
		}
		if _, pid, _ := verdict.PIDFile(f.Last); pid > 0 {
			f.Stale = s.notIt(u, pid, d)
		}
		u.sentence.verdict = verdict.Explain(f)
		u.sentence.text = u.sentence.verdict.Sentence()
		u.sentence.record = u.sentence.verdict.Record(u.name, f)
		if d.Exit.Err != nil {
			u.spawnErr = notice.SpawnError(u.Config.Command[0], d.Exit.Err)
			u.unstarted(d.Exit.Err)
		}
		outOfMemory = f.OutOfMemory()
	}
	if m := f.Memory; m != nil && m.New > 0 && !outOfMemory {
		s.remark(nil, "the kernel has killed "+plural(m.New, "process", "processes")+" in this container: out of memory ("+m.String()+")", d.At)
	}
}

// notIt says why the process that a pid file names is not the program; "": it may be.
func (s *Supervisor) notIt(u *unit, pid int, d *incarnation.PendingExit) string {
	text := "process " + strconv.Itoa(pid)
	switch other := s.byPID[pid]; {
	case pid == os.Getpid():
		return text + " is entry-point"
	case pid == d.Exit.PID:
		return text + " was this one itself"
	case other != nil && other != u:
		return text + " is of program " + other.name
	case errors.Is(syscall.Kill(pid, 0), syscall.ESRCH):
		return text + " is not there"
	}
	return ""
}

// plural is phrase.Count.
func plural(n int, one, more string) string { return phrase.Count(n, one, more) }

// endedBy says who has ended a process; "": it did so itself, or somebody outside.
func (s *Supervisor) endedBy(u *unit, d *incarnation.PendingExit, note sentence) string {
	sig := syscall.Signal(0)
	if d.Exit.Status.Signaled() {
		sig = d.Exit.Status.Signal()
	}
	switch {
	case u.State == program.Stopping && u.StopRequested && u.Killed:
		why := ""
		switch {
		case note.blame != "":
			why = ", because " + note.blame
		case s.state.Final() && s.state.Requested():
			why = ", because the container was asked to end"
		case s.state.Final():
			why = ", because the container ends"
		case u.order != "":
			why = ", and was stopped " + u.order
		}
		return "entry-point, it had not ended " + lasted(u.stopAt, d.At) + " after " +
			process.SignalName(u.Config.StopSignals[0].Signal) + why
	case note.blame != "":
		return "entry-point, because " + note.blame
	case sig != 0 && sig == note.sent:
		return note.sender + ", who sent " + process.SignalName(sig)
	}
	return ""
}

// condemn says why a process is going to be stopped, for the verdict on its end.
func (u *unit) condemn(why string) { u.sentence.blame = why }

// gaveUp adds to the verdict on the last end of a program how often it was tried.
func (u *unit) gaveUp() {
	if u.Failures < 2 && !u.Limited {
		return
	}
	last := "the last of " + u.Attempts()
	if r := u.sentence.record; r != nil {
		r.Tries = u.Failures
	}
	switch v := &u.sentence.verdict; {
	case v.How != "":
		v.How += ", " + last
		u.sentence.text = v.Sentence()
	case u.sentence.text != "":
		u.sentence.text += "; " + last
	}
}

// unstarted is the verdict on a program whose process could not be started.
func (u *unit) unstarted(err error) {
	u.sentence = sentence{text: err.Error(), record: &verdict.Record{Program: u.name, ExitCode: process.StartCode(err), Cause: err.Error()}}
}

// verdict is the sentence about u; "": nothing went wrong.
func (u *unit) verdict() string {
	if u.sentence.text == "" {
		return ""
	}
	return u.name + ": " + u.sentence.text
}

// countKills finds out how many processes of this control group the kernel has
// killed before there were any of ours, beside the loop; in a new container it is
// none.
func (s *Supervisor) countKills() {
	go func() {
		var m *verdict.Memory
		if s.Files.Run("read the memory of the container", func() { m = verdict.ReadMemory() }) == nil && m != nil && m.Kills > 0 {
			s.post(func() { s.killsBefore, s.kills = m.Kills, max(m.Kills, s.kills) })
		}
	}()
}

// memory is what the control group says now; nil: nothing.
func (s *Supervisor) memory() *verdict.Memory {
	m, _ := offload.Do(s.Files, offload.Call{Key: "memory", What: "read the memory of the container", Path: cgroup.Root}, func() (*verdict.Memory, error) {
		return verdict.ReadMemory(), nil
	}, nil)
	if m != nil {
		m.New = m.Kills - s.kills
		s.kills = m.Kills
		m.Kills -= s.killsBefore
	}
	return m
}
