package diagnosis

import (
	"errors"
	"os"
	"strconv"
	"syscall"
	"time"

	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/verdict"
)

// Host is what an Examiner needs of the loop.
type Host interface {
	// Post lets f run in the loop; from any goroutine.
	Post(f func())
	// ProgramOf is the full name of the program whose main process has this id; "": none's.
	ProgramOf(pid int) string
	// HolderOf is the full name of the program that has this process group (0: not known), or
	// one of these sockets; "": none has.
	HolderOf(group int, sockets []string) string
	// RemarkAll tells something about the whole container.
	RemarkAll(text string, now time.Time)
}

// Examiner gathers the facts of the ends of processes. It belongs to the loop's goroutine.
type Examiner struct {
	Host  Host
	Files *offload.Pool // by what the file systems of /proc and cgroups are asked; nil: by the loop itself

	kills     int       // by the kernel, out of memory, in our control group, as last counted
	before    int       // of these, before the start
	countedAt time.Time // when they were counted
}

// countEvery is how often an end that is not a bad one makes us count what the kernel has
// killed: at a stop there may be a thousand of them at once.
const countEvery = time.Second

// End is the end of a process of a program.
type End struct {
	Name      string          // of the program, in full
	Program   program.Program // before it hears of the end
	Exit      process.Exit
	At        time.Time
	Order     string                              // who or what wanted its stop, and why; "": nothing is noted
	StopSince time.Time                           // when that stop began
	Ending    bool                                // the container is ending
	Asked     bool                                // because somebody asked for that
	Last      func() (lines []string, errors int) // what it has printed last; nil: that is not known
	Facts     *verdict.Facts                      // what is known already (Search)
}

// Diagnose finds out why a process has ended, before its program hears of that. is the
// diagnosis until now, with the notes on that process.
func (x *Examiner) Diagnose(is *Diagnosis, e *End) Diagnosis {
	var d Diagnosis
	if e.Program.State == program.Stopping && e.Program.StopRequested {
		d.Order = e.Order
	}
	f, bad := e.Facts, is.Bad(e.Program, e.Exit.Status)
	if bad || x.countedAt.IsZero() || e.At.Sub(x.countedAt) >= countEvery {
		f.Memory, x.countedAt = x.memory(), e.At
	}
	if bad {
		x.gather(f, e, &is.Notes)
		d.Verdict = verdict.Explain(f)
		d.Text = d.Verdict.Sentence()
		d.Record = d.Verdict.Record(e.Name, f)
		if e.Exit.Err != nil {
			d = Unstarted(e.Name, e.Exit.Err)
		}
	}
	if m := f.Memory; m != nil && m.New > 0 && !(bad && f.OutOfMemory()) {
		x.Host.RemarkAll("the kernel has killed "+phrase.Count(m.New, "process", "processes")+" in this container: out of memory ("+m.String()+")", e.At)
	}
	return d
}

// gather completes the facts of a bad end.
func (x *Examiner) gather(f *verdict.Facts, e *End, notes *Notes) {
	f.Early = e.Program.Premature()
	f.Status, f.Up, f.UID, f.By = e.Exit.Status, e.At.Sub(e.Program.StartedAt), os.Geteuid(), endedBy(e, notes)
	if user := e.Program.Config.User; user != nil {
		f.UID = int(user.UID)
	}
	if f.Last == nil && e.Last != nil {
		f.Last, f.Errors = e.Last()
	}
	if _, pid, _ := verdict.PIDFile(f.Last); pid > 0 {
		f.Stale = x.stale(pid, e)
	}
}

// stale says why the process that a pid file names is not the program; "": it may be.
func (x *Examiner) stale(pid int, e *End) string {
	text := "process " + strconv.Itoa(pid)
	switch other := x.Host.ProgramOf(pid); {
	case pid == os.Getpid():
		return text + " is entry-point"
	case pid == e.Exit.PID:
		return text + " was this one itself"
	case other != "" && other != e.Name:
		return text + " is of program " + other
	case errors.Is(syscall.Kill(pid, 0), syscall.ESRCH):
		return text + " is not there"
	}
	return ""
}

// endedBy says who has ended a process; "": it did so itself, or somebody outside.
func endedBy(e *End, notes *Notes) string {
	p := &e.Program
	switch {
	case p.State == program.Stopping && p.StopRequested && p.Killed:
		why := ""
		switch {
		case notes.Blame != "":
			why = ", because " + notes.Blame
		case e.Ending && e.Asked:
			why = ", because the container was asked to end"
		case e.Ending:
			why = ", because the container ends"
		case e.Order != "":
			why = ", and was stopped " + e.Order
		}
		after := process.SignalName(p.Config.StopSignals[0].Signal)
		if program.PreStop.Command(p.Config) != nil {
			after = "pre_stop had begun" // of the signal's time nothing is known, nor whether there was one
		}
		return "entry-point, it had not ended " + phrase.Lasted(e.StopSince, e.At) + " after " + after + why
	case notes.Blame != "":
		return "entry-point, because " + notes.Blame
	case notes.Signal != 0 && e.Exit.Status.Signaled() && e.Exit.Status.Signal() == notes.Signal:
		return notes.Sender + ", who sent " + process.SignalName(notes.Signal)
	}
	return ""
}

// Begin finds out how many processes of this control group the kernel has killed before
// there were any of ours, beside the loop; in a new container it is none.
func (x *Examiner) Begin() {
	go func() {
		var m *verdict.Memory
		if x.Files.Run("read the memory of the container", func() { m = verdict.ReadMemory(nil) }) == nil && m != nil && m.Kills > 0 {
			x.Host.Post(func() { x.before, x.kills = m.Kills, max(m.Kills, x.kills) })
		}
	}()
}

// memory is what the control group says now; nil: nothing.
func (x *Examiner) memory() *verdict.Memory {
	m := verdict.ReadMemory(x.Files)
	if m != nil {
		m.New = m.Kills - x.kills
		x.kills = m.Kills
		m.Kills -= x.before
	}
	return m
}
