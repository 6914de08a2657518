package notice

import (
	"strconv"
	"strings"

	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/process"
)

// line is the line of our log for a fact that always has one, and the same one; "": it has
// none.
func line(n *Notice) string {
	switch f := n.Fact.(type) {
	case Killing:
		return about(n.Program, "has not ended in time, killing it")
	case SignalSent:
		return about(n.Program, "sent "+process.SignalName(f.Signal)+" on request"+f.By)
	case ReopenSent:
		return about(n.Program, "sent "+process.SignalName(f.Signal)+", to open its own log files again")
	case Blocked:
		return about(n.Program, "not started, because "+f.By+", which it depends on, "+f.Why)
	case NeverStarted:
		return about(n.Program, "never started, what it depends on has ended")
	case Removed:
		return about(n.Program, "removed")
	case Signalled:
		return "received " + f.Name + ": " + [...]string{Reload: "reading the configuration again", Reopen: "opening the log files again"}[f.For]
	case Forwarded:
		if len(f.To) == 0 {
			return "received " + f.Name + ": no program runs that it is for"
		}
		return "received " + f.Name + ": sent " + process.SignalName(f.Signal) + " to " + strings.Join(f.To, ", ")
	case EndAsked:
		return f.sentence()
	case DrainOver:
		return "stopping"
	case Failing:
		return "stopping the container with exit code " + strconv.Itoa(f.Code) + ", because " + n.Program + " " + f.Why
	case AllEnded:
		return "every program has ended: exit code " + strconv.Itoa(f.Code)
	case WorkAwaited:
		return "waiting for the end of " + strings.Join(f.Programs, ", ") + ", for at most " + phrase.Span(f.Limit) + ", before everything is stopped"
	case RestartAsked:
		return "stopping everything, to start anew, on request" + f.By
	case ConfigRead:
		return "configuration read again: " + f.sentence()
	}
	return ""
}

// sentence says what somebody's wish for the end leads to.
func (f EndAsked) sentence() string {
	text := "received " + f.By
	if f.Again {
		text += " again"
	}
	switch {
	case f.Then == Draining:
		return text + ": not ready any more, stopping in " + phrase.Span(f.Drain)
	case f.Then == KillAll:
		return text + ": killing what is left"
	case f.Again:
		return text + ": stopping now"
	}
	return text + ": stopping"
}

// sentence says what a new configuration has changed.
func (f ConfigRead) sentence() string {
	var parts []string
	for _, part := range [...]struct {
		what  string
		names []string
	}{{"added", f.Added}, {"changed", f.Changed}, {"removed", f.Removed}} {
		if len(part.names) > 0 {
			parts = append(parts, part.what+" "+strings.Join(part.names, ", "))
		}
	}
	if parts == nil {
		return "nothing has changed"
	}
	return strings.Join(parts, "; ")
}
