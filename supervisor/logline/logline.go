package logline

import (
	"bytes"
	"encoding/json"
	"time"

	"entrypoint/supervisor/visible"
)

// Stamp is how times are written: RFC 3339 in UTC with microseconds, always of one
// length.
const Stamp = "2006-01-02T15:04:05.000000Z07:00"

// Style is how lines look; the zero Style is plain text.
type Style struct {
	JSON  bool // an object each
	Times bool // with the time in front, where they are no objects
}

// Source is who prints a line.
type Source struct {
	Program string
	Stream  string // of the container: stdout or stderr
	PID     int    // 0: not known
	Prefix  string // before the text, where it is no object
}

// object is a line in JSON. Its first fields are those of a program's line.
type object struct {
	Time    string `json:"time"`
	Program string `json:"program"`
	Stream  string `json:"stream"`
	PID     int    `json:"pid,omitempty"`
	Message string `json:"message"`
	Verdict any    `json:"verdict,omitempty"`
}

// Line makes one line of a text, with the newline. What a terminal would obey is
// escaped. verdict is shown in JSON only; nil: there is none.
func (s Style) Line(from Source, text string, now time.Time, verdict any) string {
	text = visible.Line(text)
	if s.JSON {
		return s.object(from, text, now, verdict)
	}
	line := from.Prefix + text + "\n"
	if s.Times {
		line = now.UTC().Format(Stamp) + " " + line
	}
	return line
}

func (s Style) object(from Source, text string, now time.Time, verdict any) string {
	o := object{now.UTC().Format(Stamp), from.Program, from.Stream, from.PID, text, verdict}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(&o) != nil { // a verdict that JSON has no form for
		o.Verdict = nil
		_ = e.Encode(&o)
	}
	return b.String()
}
