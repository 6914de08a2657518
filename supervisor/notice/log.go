package notice

import (
	"strconv"

	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/verdict"
)

// Log is our own log: one line for each transition, which a person understands who reads
// nothing else.
type Log struct {
	Print func(line string)
	// Tell is Print with a verdict, whose facts are fields of the line where lines are
	// objects; nil: Print it is.
	Tell  func(line string, r *verdict.Record)
	Trace func(line string) // a line for -v; nil: there is no -v
}

// Take writes the line of a notice, if it is worth one.
func (l *Log) Take(n *Notice) {
	switch f := n.Fact.(type) {
	case Remark:
		l.Print(about(n.Program, f.Text))
	case Line:
		l.Print(about(n.Program, f.Text))
	case Trace:
		l.trace(about(n.Program, f.Text))
	case Complaint:
		l.Print(f.Text)
	case Started:
		line := about(n.Program, "started as process "+strconv.Itoa(f.PID))
		if n.Config.Schedule != nil {
			l.trace(line) // there is one line for each run: how it has ended
		} else {
			l.Print(line)
		}
	case *Changed:
		l.changed(n, f)
	case Ended:
		if line, record := f.lastWords(n); line != "" {
			l.tell(line, record)
		} else if f.Requested && f.Code == 0 {
			l.Print("stopped" + f.budgetUse())
		}
	case Orphan:
		l.trace("reaped an orphan: " + process.Describe(f.Status))
	case ConfigBad:
		for _, line := range f.Errors {
			l.Print(line)
		}
		l.Print("the configuration is bad, so everything stays as it is")
	default:
		if line := line(n); line != "" {
			l.Print(line)
		}
	}
}

func (l *Log) changed(n *Notice, f *Changed) {
	if f.Before.State == f.After.State {
		return
	}
	line := f.sentence(n.Time)
	switch {
	case line == "":
	case f.After.State == program.Running && f.After.Config.Schedule != nil:
		l.trace(about(n.Program, line))
	case f.ends():
		l.tell(about(n.Program, line), n.Verdict)
	default:
		l.Print(about(n.Program, line))
	}
}

func (l *Log) tell(line string, r *verdict.Record) {
	if r == nil || l.Tell == nil {
		l.Print(line)
		return
	}
	l.Tell(line, r)
}

func (l *Log) trace(line string) {
	if l.Trace != nil {
		l.Trace(line)
	}
}

// about is a line about a program, or about the container.
func about(program, text string) string {
	if program == "" {
		return text
	}
	return program + ": " + text
}

// ends says whether a change of state is that of a process that has ended, which a
// verdict belongs to.
func (f *Changed) ends() bool {
	switch f.After.State {
	case program.Running, program.Stopping, program.Unknown:
		return false
	case program.Starting:
		return f.Before.State == program.Running || f.Before.State == program.Stopping
	}
	return true
}
