package page

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/route/openly"
)

// world answers as a test wants it, and notes what is asked for that does something.
type world struct {
	programs []*control.Program
	result   *control.Result
	err      error
	log      string
	done     []string
}

func (w *world) Do(_ context.Context, r control.Request, each func(control.Answer) error) error {
	if w.err != nil {
		return w.err
	}
	switch r.Do {
	case control.DoInfo:
		return each(control.Answer{Info: &control.Info{Identifier: "shop", Setup: []control.Step{{Name: "requirements.txt", Result: "done", Seconds: 2.5}}}})
	case control.DoHealth:
		return each(control.Answer{Health: &control.Health{Waiting: []string{"web"}}})
	case control.DoStatus:
		for _, p := range w.programs {
			_ = each(control.Answer{Program: p})
		}
		return nil
	case control.DoUsage:
		return nil
	case control.DoEvents:
		return each(control.Answer{Event: &control.Event{Time: time.Now(), Program: "web", To: "FATAL", Text: "<script>alert(1)</script>\x1b[31m"}})
	case control.DoRead:
		if w.result != nil {
			return each(control.Answer{Result: w.result})
		}
		return each(control.Answer{Log: &control.Log{Data: []byte(w.log)}})
	}
	w.done = append(w.done, strings.Join(append([]string{r.Do.String()}, r.Names...), " ")+r.Signal)
	if w.result != nil {
		return each(control.Answer{Result: w.result})
	}
	return nil
}

func browse(w *world, method, target, form string) *httptest.ResponseRecorder {
	mux := openly.Serve(Routes(w))
	r := httptest.NewRequest(method, target, strings.NewReader(form))
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, r)
	return answer
}

// TestOrders: supervisord's words for what a form has done.
func TestOrders(t *testing.T) {
	bad := func(status, text string) *control.Result {
		return &control.Result{Name: "web", Group: "web", Status: status, Text: text}
	}
	for form, c := range map[string]struct {
		result *control.Result
		done   string
		said   string
	}{
		"action=start&processname=web":             {nil, "start web", "Process web started"},
		"action=stop&processname=web":              {nil, "stop web", "Process web stopped"},
		"action=restart&processname=g:web":         {nil, "restart g:web", "Process g:web restarted"},
		"action=clearlog&processname=web":          {nil, "clear web", "Log for web cleared"},
		"action=signal&signal=HUP&processname=web": {nil, "signal webHUP", "Process web signalled"},
		"action=stopall":                           {bad(control.NotRunning, ""), "stop all", "All stopped at "},
		"action=restartall":                        {nil, "restart all", "All restarted at "},
		"action=refresh":                           {nil, "", "Page refreshed at "},
		"action=start&processname=web&x=1":         {bad(control.AlreadyStarted, ""), "start web", "ERROR: Process web: already started"},
		"action=stop&processname=nope":             {bad(control.NoProgram, ""), "stop nope", "No such process named nope"},
		"action=start&processname=web&x=2":         {bad(control.SpawnError, ""), "start web", "ERROR: Process web: spawn error"},
	} {
		w := &world{result: c.result}
		answer := browse(w, "POST", "/index.html", form)
		to, _ := url.Parse(answer.Header().Get("Location"))
		said := to.Query().Get("message")
		if answer.Code != http.StatusSeeOther || !strings.HasPrefix(said, c.said) || strings.Join(w.done, ";") != c.done {
			t.Errorf("%s: %d %q, done: %q", form, answer.Code, said, w.done)
		}
	}
	for _, form := range []string{"action=eat", "processname=web", "action=start", "action=signal&processname=web", "action=%zz"} {
		w := &world{}
		if answer := browse(w, "POST", "/", form); answer.Code != http.StatusBadRequest || len(w.done) > 0 {
			t.Errorf("%s: %d, done: %q", form, answer.Code, w.done)
		}
	}
}

// TestGet: an address does nothing, however it is written; it asks.
func TestGet(t *testing.T) {
	for _, query := range []string{"action=restart&processname=web", "action=stopall", "action=clearlog&processname=web", "action=signal&signal=KILL&processname=web"} {
		w := &world{}
		answer := browse(w, "GET", "/index.html?"+query, "")
		if answer.Code != 200 || len(w.done) > 0 || !strings.Contains(answer.Body.String(), `id="confirm"`) {
			t.Errorf("%s: %d, done: %q", query, answer.Code, w.done)
		}
	}
	if answer := browse(&world{}, "GET", "/?action=eat", ""); answer.Code != http.StatusBadRequest {
		t.Errorf("an unknown action: %d", answer.Code)
	}
	if answer := browse(&world{}, "GET", "/?action=refresh", ""); answer.Code != http.StatusSeeOther {
		t.Errorf("refresh: %d", answer.Code)
	}
	if answer := browse(&world{err: errors.New("refused")}, "GET", "/", ""); answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" {
		t.Errorf("without entry-point: %d", answer.Code)
	}
	if answer := browse(&world{}, "GET", "/ok.html", ""); answer.Body.String() != "OK" {
		t.Errorf("ok.html: %q", answer.Body.String())
	}
	for _, path := range []string{"/page.css", "/page.js", "/icon.svg"} {
		if answer := browse(&world{}, "GET", path, ""); answer.Code != 200 || answer.Body.Len() < 100 {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
	for _, path := range []string{"/page.html", "/nothing", "/..%2fpage.go"} {
		if answer := browse(&world{}, "GET", path, ""); answer.Code != 404 {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
}

// TestHostile: names, reasons and messages are text, whatever they hold.
func TestHostile(t *testing.T) {
	const evil = `"><script>alert(1)</script>` + "\x1b]0;x\x07\u202e"
	w := &world{programs: []*control.Program{{Name: evil, FullName: evil, Group: evil, State: "FATAL", Why: evil, Profile: evil}}, log: evil}
	for _, path := range []string{"/?message=" + url.QueryEscape(evil), "/?action=stop&processname=" + url.QueryEscape(evil), "/tail.html?processname=" + url.QueryEscape(evil) + "&search=" + url.QueryEscape("<script>")} {
		answer := browse(w, "GET", path, "")
		body := answer.Body.String()
		if answer.Code != 200 || strings.Contains(body, "<script>") || !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("%s: %d\n%s", path, answer.Code, body)
		}
	}
	if body := browse(w, "GET", "/", "").Body.String(); !strings.Contains(body, "requirements.txt") || !strings.Contains(body, "2.5s") || !strings.Contains(body, "not ready: web") {
		t.Errorf("no setup step, or no health:\n%s", body)
	}
}

func TestTail(t *testing.T) {
	w := &world{log: "One\ntwo\none again\n"}
	body := browse(w, "GET", "/tail.html?processname=web&limit=1", "").Body.String()
	if !strings.Contains(body, "The last 1024 bytes: 3 of 3 lines") {
		t.Errorf("without a search:\n%s", body)
	}
	body = browse(w, "GET", "/tail.html?processname=web&search=ONE", "").Body.String()
	if !strings.Contains(body, "2 of 3 lines") || strings.Contains(body, "two") {
		t.Errorf("search:\n%s", body)
	}
	for _, query := range []string{"", "processname=web&limit=x", "processname=web&stream=../../etc/passwd"} {
		if answer := browse(w, "GET", "/tail.html?"+query, ""); answer.Code != http.StatusBadRequest {
			t.Errorf("%q: %d", query, answer.Code)
		}
	}
	w.result = &control.Result{Status: control.NoProgram, Text: "no such program"}
	if answer := browse(w, "GET", "/tail.html?processname=nope", ""); answer.Code != 404 || !strings.Contains(answer.Body.String(), "ERROR: no such program") {
		t.Errorf("unknown program: %d", answer.Code)
	}
}

func TestVisible(t *testing.T) {
	if got, want := seen("a\tb\n\x1b[1m\x7f\u009b\u202e\r"), "a\tb\n\u241b[1m\u2421\\u009b\\u202e\u240d"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
