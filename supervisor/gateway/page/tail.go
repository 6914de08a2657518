package page

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
)

// tailView is what tail.html shows: the last of a program's log, those of its lines that
// hold a text, if one is searched.
type tailView struct {
	Program, Stream, Search string
	Limit                   int
	Logs                    []tailLog
	Problem                 string
}

// tailLog is one stream, the newest line first.
type tailLog struct {
	Stream       string
	Size         int64 // of all of it, in bytes
	Bytes        int64 // that were looked at
	Text         string
	Shown, Lines int
}

const (
	minTail = 1024 // supervisord's
	maxTail = 1 << 20
)

// tail answers with the last of a program's log, of one stream or of both.
func (p *page) tail(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v := tailView{Program: q.Get("processname"), Stream: q.Get("stream"), Search: q.Get("search"), Limit: minTail}
	streams := []string{v.Stream}
	if v.Stream == "" {
		streams = []string{"stdout", "stderr"}
	}
	n, err := strconv.Atoi(q.Get("limit"))
	if err != nil && q.Get("limit") != "" || !isStream(streams[0]) || v.Program == "" {
		http.Error(w, "cannot show the log: processname is a program, limit a number of bytes, stream stdout or stderr", http.StatusBadRequest)
		return
	}
	v.Limit = min(max(n, minTail), maxTail)
	code := http.StatusOK
	for _, stream := range streams {
		request := &control.Request{Do: control.DoRead, Names: []string{v.Program}, Stream: stream, Offset: -int64(v.Limit)}
		err := p.asker.Do(r.Context(), request, func(a *control.Answer) error {
			switch {
			case a.Log != nil:
				v.add(stream, a.Log)
			case a.Result != nil:
				v.Problem = "ERROR: " + a.Result.Text
			}
			return nil
		})
		if refused := (*control.Error)(nil); errors.As(err, &refused) {
			v.Problem = "ERROR: " + refused.Message
		} else if err != nil {
			unavailable(w, err)
			return
		}
	}
	if len(v.Logs) > 0 { // one stream of two is enough
		v.Problem = ""
	}
	if v.Problem != "" {
		code = http.StatusNotFound
	}
	p.write(w, code, "tail.html", v)
}

func isStream(name string) bool { return name == "stdout" || name == "stderr" }

// add takes the last of one stream, and keeps the lines that hold the text searched for,
// upper or lower case.
func (v *tailView) add(stream string, l *control.Log) {
	t := tailLog{Stream: stream, Size: max(l.Size, int64(len(l.Data))), Bytes: int64(len(l.Data))}
	lines := strings.Split(seen(strings.ToValidUTF8(string(l.Data), "\uFFFD")), "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	t.Lines = len(lines)
	if v.Search != "" {
		wanted := strings.ToLower(v.Search)
		lines = slices.DeleteFunc(lines, func(line string) bool { return !strings.Contains(strings.ToLower(line), wanted) })
	}
	t.Shown = len(lines)
	slices.Reverse(lines)
	t.Text = strings.Join(lines, "\n")
	v.Logs = append(v.Logs, t)
}

// download answers with a whole log as a file.
func (p *page) download(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	name, stream := q.Get("processname"), q.Get("stream")
	if !isStream(stream) || name == "" {
		http.Error(w, "cannot send the log: processname is a program, stream stdout or stderr", http.StatusBadRequest)
		return
	}
	part, err := ask.OpenPart(r.Context(), p.asker, &control.Request{Do: control.DoRead, Names: []string{name}, Stream: stream}, answerTime)
	switch refused := (*control.Error)(nil); {
	case errors.As(err, &refused):
		http.Error(w, refused.Message, http.StatusNotFound)
		return
	case err != nil:
		unavailable(w, err)
		return
	case part == nil:
		http.Error(w, "there is no such program, or it has no log", http.StatusNotFound)
		return
	}
	file := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, name)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+file+"."+stream+`.log"`)
	if _, err := io.Copy(w, part); err != nil {
		panic(http.ErrAbortHandler) // it has begun, and is not to look whole
	}
}
