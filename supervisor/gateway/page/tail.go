package page

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"entrypoint/supervisor/control"
)

// tailView is what tail.html shows: the last of a program's log, those of its
// lines that hold a text, if one is searched.
type tailView struct {
	Program, Stream, Search string
	Limit                   int
	Text                    string
	Shown, Lines            int
	Problem                 string
}

const (
	minTail = 1024 // supervisord's
	maxTail = 1 << 20
)

// tail answers with the last of a program's log.
func (p *page) tail(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v := tailView{Program: q.Get("processname"), Stream: q.Get("stream"), Search: q.Get("search"), Limit: minTail}
	if v.Stream == "" {
		v.Stream = "stdout"
	}
	n, err := strconv.Atoi(q.Get("limit"))
	if err != nil && q.Get("limit") != "" || v.Stream != "stdout" && v.Stream != "stderr" || v.Program == "" {
		http.Error(w, "cannot show the log: processname is a program, limit a number of bytes, stream stdout or stderr", http.StatusBadRequest)
		return
	}
	v.Limit = min(max(n, minTail), maxTail)
	var log *control.Log
	err = p.asker.Do(r.Context(), control.Request{Do: control.DoRead, Names: []string{v.Program}, Stream: v.Stream, Offset: -int64(v.Limit)}, func(a control.Answer) error {
		switch {
		case a.Log != nil:
			log = a.Log
		case a.Result != nil:
			v.Problem = "ERROR: " + a.Result.Text
		}
		return nil
	})
	code := http.StatusOK
	switch refused := (*control.Error)(nil); {
	case errors.As(err, &refused):
		v.Problem, code = "ERROR: "+refused.Message, http.StatusNotFound
	case err != nil:
		unavailable(w, err)
		return
	case v.Problem != "":
		code = http.StatusNotFound
	case log != nil:
		v.Text = seen(strings.ToValidUTF8(string(log.Data), "\uFFFD"))
		v.find()
	}
	p.write(w, code, "tail.html", v)
}

// find keeps the lines that hold the text searched for, upper or lower case.
func (v *tailView) find() {
	lines := strings.SplitAfter(v.Text, "\n")
	v.Lines = len(lines)
	if lines[len(lines)-1] == "" {
		v.Lines--
	}
	v.Shown = v.Lines
	if v.Search == "" {
		return
	}
	v.Shown, v.Text = 0, ""
	for _, line := range lines {
		if strings.Contains(strings.ToLower(line), strings.ToLower(v.Search)) && line != "" {
			v.Text += line
			v.Shown++
		}
	}
}
