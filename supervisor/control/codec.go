package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// The bounds of a line, in bytes with its end.
const (
	MaxRequest = 2 << 20
	MaxAnswer  = 4 << 20 // and of all the answers that wait for one client
)

var (
	errTooLong = &Error{BadRequest, "a request is one line of at most 2 MB"}
	errTooSlow = &Error{BadRequest, "the request was begun and not finished for too long"}
)

// A request of more than shareRequest bytes is a large one, such as data for a program's
// standard input or the names of thousands of programs. It waits for one of maxLarge places.
const (
	shareRequest = 64 << 10
	maxLarge     = 2 // at a time
)

// decodeRequest reads one line of a client.
func decodeRequest(line []byte) (Request, *Error) {
	r := Request{}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		if unknown := (*Error)(nil); errors.As(err, &unknown) {
			return r, unknown
		}
		return r, badRequest(requestProblem(err))
	}
	if _, err := d.Token(); err != io.EOF {
		return r, badRequest("there is more on the line than one JSON object")
	}
	return r, r.check()
}

// check refuses requests that no Handler should see.
func (r *Request) check() *Error {
	if r.Do == DoNothing {
		return badRequest(`the request does not say what to do, as {"do":"status"} does`)
	}
	switch {
	case r.Stream != "" && r.Stream != "stdout" && r.Stream != "stderr":
		return badRequest("the stream is stdout or stderr, not " + quote(r.Stream))
	case r.Lines < 0 || r.Length < 0 || r.Bytes < 0 || r.Backup < 0:
		return badRequest("lines, bytes, length and backup cannot be negative")
	}
	return nil
}

func badRequest(problem string) *Error { return &Error{BadRequest, problem} }

// requestProblem says what is wrong with a line in words of the protocol.
func requestProblem(err error) string {
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		kind, _, _ := strings.Cut(wrong.Value, " ") // "number 1e99", of any length
		if wrong.Field == "" {
			return "a request is a JSON object, and not of type " + kind
		}
		return "member " + quote(wrong.Field) + " cannot have this value of type " + kind
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return "the line is no JSON object: it ends too early"
	}
	text := strings.TrimPrefix(err.Error(), "json: ")
	if name, ok := strings.CutPrefix(text, "unknown field "); ok {
		return "unknown member " + quote(strings.Trim(name, `"`))
	}
	return "the line is no JSON object: " + text
}

// quote quotes what a client has written, cut to a fixed length.
func quote(s string) string {
	if len(s) > 100 {
		s = s[:100] + "..."
	}
	return `"` + s + `"`
}

// newEncoder writes answers to w, each as one line by one Write.
func newEncoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}
