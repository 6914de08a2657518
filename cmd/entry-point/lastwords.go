package main

import (
	"strings"

	"entrypoint/supervisor/verdict"
)

// lastWords says why the container ends, with what exit code, also to Kubernetes.
func (a *app) lastWords(text string, code int) {
	a.leave(text, &verdict.Record{ExitCode: code, Cause: text})
}

// leave is lastWords with a verdict.
func (a *app) leave(text string, r *verdict.Record) {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	last := len(lines) - 1
	for _, line := range lines[:last] {
		a.err.Print(line)
	}
	a.err.Tell(lines[last], r)
	if err := verdict.Leave(a.mask(text)); err != nil {
		a.err.Print("cannot write the termination log for Kubernetes: " + err.Error())
	}
}

func (a *app) printLines(text string) {
	for line := range strings.Lines(text) {
		a.err.Print(strings.TrimRight(line, "\n"))
	}
}
