package diagnosis

import (
	"strings"
	"syscall"
	"time"

	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/verdict"
)

// Diagnosis is why the last process of a program has ended badly, and what is known of the
// process that runs for the diagnosis of its own end. The zero value is that of a program
// that has not ended badly.
type Diagnosis struct {
	Verdict verdict.Verdict // zero: it has not ended badly, or there was no process
	Text    string          // the whole sentence without the program's name, also where there was no process; "": nothing went wrong
	Record  *verdict.Record // the same as facts; nil: nothing went wrong
	Order   string          // why the last process was stopped, and who wanted that; "": it was not

	Notes Notes
}

// Notes are what is known of a process that runs, for the diagnosis of its end.
type Notes struct {
	Signal syscall.Signal // that the operator has sent to it; 0: none
	Sender string         // who that is
	Blame  string         // why we end it, such as "it was not ready after 30s"; "": nobody has found fault with it
}

// Blame notes why the process that runs is going to be stopped.
func (d *Diagnosis) Blame(why string) { d.Notes.Blame = why }

// Sent notes a signal that somebody has sent to the process that runs.
func (d *Diagnosis) Sent(sig syscall.Signal, sender string) {
	d.Notes.Signal, d.Notes.Sender = sig, sender
}

// Bad says whether an end of a process with this status is one whose cause is looked for.
func (d *Diagnosis) Bad(p program.Program, status syscall.WaitStatus) bool {
	if p.State == program.Stopping && p.StopRequested {
		return p.Killed || d.Notes.Blame != ""
	}
	p.Status, p.Code = status, process.Code(status)
	return p.Premature() || !p.Expected()
}

// Unstarted is the diagnosis of a program, by its full name, whose process could not be
// started.
func Unstarted(name string, err error) Diagnosis {
	return Diagnosis{Text: err.Error(), Record: &verdict.Record{Program: name, ExitCode: process.StartCode(err), Cause: err.Error()}}
}

// GaveUp adds how often a program was tried that is given up.
func (d *Diagnosis) GaveUp(p program.Program) {
	if p.Failures < 2 && !p.Limited {
		return
	}
	last := "the last of " + p.Attempts()
	if d.Record != nil {
		d.Record.Tries = p.Failures
	}
	switch {
	case d.Verdict.How != "":
		d.Verdict.How += ", " + last
		d.Text = d.Verdict.Sentence()
	case d.Text != "":
		d.Text += "; " + last
	}
}

// Sentence is the whole diagnosis of a program, by its full name; "": nothing went wrong.
func (d *Diagnosis) Sentence(name string) string {
	if d.Text == "" {
		return ""
	}
	return name + ": " + d.Text
}

// End says how the last process of the program has ended, and why.
func (d *Diagnosis) End(p program.Program) string {
	return process.Describe(p.Status) + d.Verdict.Because()
}

// Last says how the last process has ended, or why it could not be started, and who has
// stopped it and why; "": there was none. endedAt is when it has ended; zero: none has.
func (d *Diagnosis) Last(p program.Program, endedAt time.Time) string {
	text := d.Text
	switch {
	case d.Verdict.How != "":
		text = d.Verdict.Sentence()
	case text == "" && !endedAt.IsZero():
		text = d.End(p)
	}
	if d.Order != "" && text != "" && !strings.Contains(text, d.Order) {
		text += ", stopped " + d.Order
	}
	return text
}
