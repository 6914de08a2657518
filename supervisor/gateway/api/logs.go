package api

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
)

// Log is a piece of a log. Bytes that are no UTF-8 are replaced in it.
type Log struct {
	Stream string `json:"stream"`
	Offset int64  `json:"offset"` // bytes
	Size   int64  `json:"size"`   // of the whole log, bytes
	Text   string `json:"text"`
	File   string `json:"file,omitempty"` // which it is; another one after a rotation
}

// defaultLines is how many of the last lines come where nobody says.
const defaultLines = 100

// maxBackup is the number of the oldest file that can be read of those that were rotated.
const maxBackup = 9999

// logs answers with a part of a program's log, or with a stream of its last lines
// and what it prints from then on.
func (x *API) logs(w http.ResponseWriter, r *http.Request) error {
	if err := parameters(r, "stream", "lines", "offset", "length", "backup", "follow", "heartbeat"); err != nil {
		return err
	}
	q := r.URL.Query()
	request := &control.Request{Do: control.DoLogs, Stream: q.Get("stream"), Lines: defaultLines}
	if s := request.Stream; s != "" && s != "stdout" && s != "stderr" {
		return wrong("stream is stdout or stderr")
	}
	follow, beat, err := follows(r)
	if err != nil {
		return err
	}
	part := q.Has("offset") || q.Has("length") || q.Has("backup")
	switch {
	case part && (follow || q.Has("lines")):
		return wrong("offset, length and backup go with neither lines nor follow")
	case part && request.Stream == "":
		return wrong("offset, length and backup need a stream, which is stdout or stderr")
	}
	for name, n := range map[string]*int64{"offset": &request.Offset, "length": &request.Length} {
		if err := whole(q.Get(name), n); err != nil || name == "length" && *n < 0 {
			return wrong("%s is a number of bytes", name)
		}
	}
	backup := int64(0)
	if err := whole(q.Get("backup"), &backup); err != nil || backup < 0 || backup > maxBackup {
		return wrong("backup is a number from 0 to %d", maxBackup)
	}
	request.Backup = int(backup)
	lines := int64(defaultLines)
	if err := whole(q.Get("lines"), &lines); err != nil || lines < 1 || lines > 100000 {
		return wrong("lines is a number from 1 to 100000")
	}
	request.Lines = int(lines)
	p, err := x.one(r)
	if err != nil {
		return err
	}
	request.Names = []string{p.FullName}
	switch {
	case part:
		request.Do = control.DoRead
		return x.piece(w, r, request)
	case follow && r.Method != http.MethodHead:
		request.Follow = true
		return x.followLogs(w, r, request, func() *stream { return open(r.Context(), w, beat) })
	}
	return x.tail(w, r, request)
}

func whole(text string, n *int64) (err error) {
	if text != "" {
		*n, err = strconv.ParseInt(text, 10, 64)
	}
	return err
}

const (
	maxText    = 1 << 20          // of a log in JSON, bytes
	answerTime = 10 * time.Second // for a piece of it
)

// piece answers with a part of one stream.
func (x *API) piece(w http.ResponseWriter, r *http.Request, request *control.Request) error {
	part, err := ask.OpenPart(r.Context(), x.asker, request, answerTime)
	switch {
	case err != nil:
		return err
	case part == nil:
		part = &ask.Part{}
	}
	if accepts(r, "text/plain") {
		plain(w, nil)
		if _, err := io.Copy(w, part); err != nil {
			panic(http.ErrAbortHandler) // it has begun, and is not to look whole
		}
		return nil
	}
	if part.Length > maxText {
		return wrong("that part has %d bytes: ask for at most 1 MB at a time, or with Accept: text/plain", part.Length)
	}
	data, err := io.ReadAll(part)
	if err != nil {
		return err
	}
	text := strings.ToValidUTF8(string(data), "\uFFFD")
	return write(w, map[string]any{"logs": []Log{{request.Stream, part.Offset, part.Size, text, part.File}}})
}

// tail answers with the last lines.
func (x *API) tail(w http.ResponseWriter, r *http.Request, request *control.Request) error {
	logs, all := []Log{}, []byte(nil)
	err := x.asker.Do(r.Context(), request, func(a *control.Answer) error {
		if l := a.Log; l != nil {
			logs = append(logs, Log{Stream: l.Stream, Offset: l.Offset, Size: l.Size, Text: strings.ToValidUTF8(string(l.Data), "\uFFFD")})
			all = append(all, l.Data...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if accepts(r, "text/plain") {
		plain(w, all)
		return nil
	}
	return write(w, map[string]any{"logs": logs})
}

// plain answers with a log as it is.
func plain(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(data)
}

// followLogs sends what a program prints. A log that is not there shows before
// the stream is begun.
func (x *API) followLogs(w http.ResponseWriter, r *http.Request, request *control.Request, begin func() *stream) error {
	probe := &control.Request{Do: control.DoLogs, Names: request.Names, Stream: request.Stream, Bytes: 1}
	if err := x.asker.Do(r.Context(), probe, nil); err != nil {
		return err
	}
	s, texts := begin(), map[string]*text{}
	_ = x.asker.Do(r.Context(), request, func(a *control.Answer) error {
		switch {
		case a.Lost > 0:
			return s.send("lost", "", map[string]int{"lost": a.Lost})
		case a.Log == nil:
			return nil
		}
		t := texts[a.Log.Stream]
		if t == nil {
			t = &text{}
			texts[a.Log.Stream] = t
		}
		piece := t.add(a.Log.Data)
		if piece == "" {
			return nil
		}
		return s.send("", "", map[string]string{"stream": a.Log.Stream, "text": piece})
	})
	return nil
}

// text makes UTF-8 of pieces that may end within a character.
type text struct{ rest []byte }

func (t *text) add(data []byte) string {
	data = append(t.rest, data...)
	end := len(data)
	for i := end - 1; i >= 0 && i >= end-utf8.UTFMax; i-- {
		if utf8.RuneStart(data[i]) {
			if !utf8.FullRune(data[i:]) {
				end = i
			}
			break
		}
	}
	t.rest = append([]byte(nil), data[end:]...)
	return strings.ToValidUTF8(string(data[:end]), "\uFFFD")
}
