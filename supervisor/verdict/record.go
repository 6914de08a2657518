package verdict

import (
	"strings"

	"entrypoint/supervisor/process"
)

// Record is a verdict for those who read the log with a program: the facts by
// themselves.
type Record struct {
	Program     string  `json:"program,omitempty"`
	ExitCode    int     `json:"exit_code"`         // as a shell reports it
	Signal      string  `json:"signal,omitempty"`  // that has ended the process, such as SIGKILL
	Seconds     float64 `json:"seconds,omitempty"` // that it was up
	Cause       string  `json:"cause,omitempty"`
	OutOfMemory bool    `json:"out_of_memory,omitempty"`
	LastLine    string  `json:"last_line,omitempty"` // what it has said of it, or last
	Tries       int     `json:"tries,omitempty"`     // of a program that has been given up
}

// Record is the verdict on a program with the facts that it was found from.
func (v *Verdict) Record(program string, f *Facts) *Record {
	r := &Record{
		Program: program, ExitCode: process.Code(f.Status), Seconds: f.Up.Seconds(),
		Cause: v.Why, OutOfMemory: f.OutOfMemory(),
	}
	if f.Status.Signaled() {
		r.Signal = process.SignalName(f.Status.Signal())
	}
	_, r.LastLine, _ = strings.Cut(v.Last, ": ")
	return r
}

// Masked is a copy in which mask hides what nobody is to read; see logs.Masked.
func (r *Record) Masked(mask func(text string) string) any {
	if r == nil {
		return r
	}
	copied := *r
	copied.Cause, copied.LastLine = mask(r.Cause), mask(r.LastLine)
	return &copied
}
