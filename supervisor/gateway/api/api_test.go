package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/measure"
	"entrypoint/supervisor/gateway/route"
)

const patience = 20 * time.Second

// asked answers as a test wants it.
type asked func(ctx context.Context, r *control.Request, each func(*control.Answer) error) error

func (a asked) Do(ctx context.Context, r *control.Request, each func(*control.Answer) error) error {
	if each == nil {
		each = func(*control.Answer) error { return nil }
	}
	return a(ctx, r, each)
}

// serve is the API for an operator.
func serve(a ask.Asker) http.Handler {
	mux := http.NewServeMux()
	(&route.Table{Rows: New(a, &measure.Samples{}).Routes(), OtherMethod: func(w http.ResponseWriter, r *http.Request, takes string) {
		Refuse(w, r, OtherMethod, "this path takes "+takes)
	}}).Register(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(route.As(r.Context(), route.Operator)))
	})
}

// TestDocument: what the API answers is in the document, with who may ask, and nothing
// else is.
func TestDocument(t *testing.T) {
	var d struct {
		Paths map[string]map[string]struct {
			Who string `json:"x-who"`
		}
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	for _, r := range New(asked(nil), nil).Routes() {
		if r.Method == "" { // what is at no path
			continue
		}
		method := strings.ToLower(r.Method)
		if said, is := d.Paths[r.Path][method]; !is || said.Who != r.May.String() {
			t.Errorf("openapi.json does not say that %s %s is for x-who %s", r.Method, r.Path, r.May)
		}
		delete(d.Paths[r.Path], method)
	}
	for path, methods := range d.Paths {
		for method := range methods {
			t.Errorf("openapi.json has %s %s, and nothing answers it", method, path)
		}
	}
}

// do asks, and reads a JSON object.
func do(t *testing.T, a asked, method, path, body string, change func(*http.Request)) (code int, v map[string]any) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	serve(a).ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Errorf("%s %s: %v in %q", method, path, err, w.Body.String())
	}
	kind := "application/json"
	if w.Code >= 400 {
		kind = "application/problem+json"
		if int(v["status"].(float64)) != w.Code || v["title"] == "" {
			t.Errorf("%s %s: status %d and %v", method, path, w.Code, v)
		}
	}
	if got := w.Header().Get("Content-Type"); got != kind {
		t.Errorf("%s %s: Content-Type %q, want %q", method, path, got, kind)
	}
	return w.Code, v
}

// world has one program, web, which runs, and a group that is not there.
func world(_ context.Context, r *control.Request, each func(*control.Answer) error) error {
	web := control.Program{Name: "web", Group: "web", FullName: "web", State: "RUNNING"}
	for _, name := range r.Names {
		if name != "web" && name != "all" {
			return each(&control.Answer{Result: &control.Result{Name: name, Group: name, Status: control.NoProgram, Text: "no such program"}})
		}
	}
	switch r.Do {
	case control.DoStatus:
		return each(&control.Answer{Program: &web})
	case control.DoStart:
		return each(&control.Answer{Result: &control.Result{Name: "web", Group: "web", Status: control.AlreadyStarted, Text: "already started"}})
	case control.DoSignal:
		if r.Signal != "HUP" {
			return each(&control.Answer{Result: &control.Result{Name: "web", Group: "web", Status: control.BadSignal, Text: "bad signal name"}})
		}
	case control.DoStop:
		return &control.Error{Code: control.ShuttingDown, Message: "the container is stopping"}
	case control.DoRestart:
		return errors.New("connection refused")
	}
	return each(&control.Answer{Result: &control.Result{Name: "web", Group: "web", Status: control.OK}})
}

// TestProblems: what a client does wrong is a problem object that says what.
func TestProblems(t *testing.T) {
	long := strings.Repeat("x", maxBody)
	for _, c := range []struct {
		method, path, body string
		code               int
		kind, detail       string
	}{
		{"GET", "/v1/", "", 404, "not-found", "see /v1/openapi.json"},
		{"GET", "/v1/programs/..%2f..%2fetc%2fpasswd", "", 404, control.NoProgram, "../../etc/passwd"},
		{"DELETE", "/v1/programs", "", 405, "method-not-allowed", "GET, HEAD"},
		{"GET", "/v1/programs/web/start", "", 405, "method-not-allowed", "POST"},
		{"GET", "/v1/programs?nmae=web", "", 400, control.BadRequest, `unknown parameter "nmae"`},
		{"GET", "/v1/programs/nope", "", 404, control.NoProgram, "nope: no such program"},
		{"GET", "/v1/programs?name=nope", "", 404, control.NoProgram, "nope"},
		{"GET", "/v1/programs/nope/logs", "", 404, control.NoProgram, "nope"},
		{"GET", "/v1/programs/web/logs?stream=stdlog", "", 400, control.BadRequest, "stdout or stderr"},
		{"GET", "/v1/programs/web/logs?lines=0", "", 400, control.BadRequest, "lines"},
		{"GET", "/v1/programs/web/logs?offset=x&stream=stdout", "", 400, control.BadRequest, "offset"},
		{"GET", "/v1/programs/web/logs?offset=1", "", 400, control.BadRequest, "need a stream"},
		{"GET", "/v1/programs/web/logs?offset=1&stream=stdout&follow=true", "", 400, control.BadRequest, "follow"},
		{"GET", "/v1/programs/web/logs?backup=1", "", 400, control.BadRequest, "need a stream"},
		{"GET", "/v1/programs/web/logs?backup=-1&stream=stdout", "", 400, control.BadRequest, "backup is a number"},
		{"GET", "/v1/programs/web/logs?backup=10000&stream=stdout", "", 400, control.BadRequest, "backup is a number"},
		{"GET", "/v1/events?heartbeat=1", "", 400, control.BadRequest, "from 5 to 3600"},
		{"POST", "/v1/programs/web/signal", "", 400, control.BadRequest, `{"signal":"HUP"}`},
		{"POST", "/v1/programs/web/signal", `{"signal":"XYZ"}`, 400, control.BadSignal, "bad signal"},
		{"POST", "/v1/programs/web/stop", `{"signal":"HUP"}`, 400, control.BadRequest, "takes no signal"},
		{"POST", "/v1/programs/web/stop", `{"wait":1}`, 400, control.BadRequest, `"wait"`},
		{"POST", "/v1/programs/web/stop", `{"wiat":true}`, 400, control.BadRequest, `"wiat"`},
		{"POST", "/v1/programs/web/stop", `[`, 400, control.BadRequest, "JSON object"},
		{"POST", "/v1/programs/web/stop", `{}{}`, 400, control.BadRequest, "more in the body"},
		{"POST", "/v1/programs/web/stop", `{"wait":"` + long + `"}`, 413, "body-too-large", "65536"},
		{"POST", "/v1/programs/web/stop", "", 503, control.ShuttingDown, "stopping"},
		{"POST", "/v1/programs/web/restart", "", 503, "unavailable", "refused"},
		{"POST", "/v1/actions", `{"do":"eat","names":["web"]}`, 400, control.BadRequest, "start, stop, restart or signal"},
		{"POST", "/v1/actions", `{"do":"stop"}`, 400, control.BadRequest, "names"},
	} {
		code, v := do(t, world, c.method, c.path, c.body, nil)
		detail, _ := v["detail"].(string)
		if code != c.code || v["type"] != "/v1/problems/"+c.kind || !strings.Contains(detail, c.detail) {
			t.Errorf("%s %s %.40s: %d %v, want %d %s %q", c.method, c.path, c.body, code, v, c.code, c.kind, c.detail)
			continue
		}
		if code, v := do(t, world, "GET", v["type"].(string), "", nil); code != 200 || int(v["status"].(float64)) != c.code {
			t.Errorf("%s is explained by %d %v", c.kind, code, v)
		}
	}
	form := func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }
	if code, _ := do(t, world, "POST", "/v1/programs/web/stop", "wait=1", form); code != http.StatusUnsupportedMediaType {
		t.Errorf("a form is %d", code)
	}
}

// TestIdempotent: what is as it should be is no problem.
func TestIdempotent(t *testing.T) {
	if code, v := do(t, world, "POST", "/v1/programs/web/start", "", nil); code != 200 || v["state"] != "RUNNING" {
		t.Errorf("start of one that runs: %d %v", code, v)
	}
	if code, v := do(t, world, "POST", "/v1/programs/web/signal?wait=true", `{"signal":"HUP"}`, nil); code != 200 || v["full_name"] != "web" {
		t.Errorf("signal: %d %v", code, v)
	}
	if code, v := do(t, world, "POST", "/v1/actions", `{"do":"start","names":["web","nope"]}`, nil); code != 200 || len(v["results"].([]any)) != 1 {
		t.Errorf("actions: %d %v", code, v)
	}
}

// source is events that a test makes happen.
type source struct {
	connections atomic.Int32
	events      chan *control.Answer
	kept        []*control.Answer
}

func (s *source) Do(ctx context.Context, r *control.Request, each func(*control.Answer) error) error {
	if r.Do != control.DoEvents {
		return nil
	}
	for _, a := range s.kept {
		if err := each(a); err != nil {
			return err
		}
	}
	if !r.Follow {
		return nil
	}
	s.connections.Add(1)
	defer s.connections.Add(-1)
	for {
		select {
		case a, ok := <-s.events:
			if !ok {
				return errors.New("entry-point is gone")
			}
			if err := each(a); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func event(n int64, text string) *control.Answer {
	return &control.Answer{Event: &control.Event{Time: time.Unix(0, n), Text: text}}
}

// stream follows events, and returns the text of one after the other.
func follow(t *testing.T, address, lastID string) (next func() string, end func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	r, _ := http.NewRequestWithContext(ctx, "GET", address+"/v1/events?follow=true", nil)
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if kind := res.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("Content-Type %q", kind)
	}
	lines := bufio.NewScanner(res.Body)
	name := ""
	return func() string {
		for lines.Scan() {
			line := lines.Text()
			if line == "" {
				name = ""
			}
			if n, ok := strings.CutPrefix(line, "event: "); ok {
				name = n + " "
			}
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				return name + data
			}
		}
		return "end"
	}, func() { cancel(); res.Body.Close() }
}

// TestFollowers share one connection, begin behind the event that they know, are
// told what they have lost, and leave nothing behind.
func TestFollowers(t *testing.T) {
	s := &source{events: make(chan *control.Answer), kept: []*control.Answer{event(10, "a"), event(20, "b"), event(20, "c")}}
	server := httptest.NewServer(serve(s))
	defer server.Close()
	one, endOne := follow(t, server.URL, "")
	two, endTwo := follow(t, server.URL, "20")
	wantNext := func(next func() string, part string) {
		t.Helper()
		if got := next(); !strings.Contains(got, part) {
			t.Errorf("got %s, want %s", got, part)
		}
	}
	wantNext(one, `"id":"10"`)
	wantNext(one, `"text":"b"`)
	wantNext(one, `"id":"21"`)
	wantNext(two, `"text":"c"`) // of the same time as b
	s.events <- event(30, "d")
	wantNext(one, `"text":"d"`)
	wantNext(two, `"text":"d"`)
	if n := s.connections.Load(); n != 1 {
		t.Errorf("%d connections for two followers", n)
	}
	s.events <- &control.Answer{Lost: 3}
	s.events <- event(40, "e")
	wantNext(one, `lost {"lost":3}`)
	wantNext(one, `"text":"e"`)
	endOne()
	wantNext(two, `lost {"lost":3}`)
	wantNext(two, `"text":"e"`)
	endTwo()
	eventually.So(t, "the hub follows nobody, as nobody follows it", func() bool { return s.connections.Load() == 0 }, nil)
	three, endThree := follow(t, server.URL, "")
	defer endThree()
	wantNext(three, `"text":"a"`)
	close(s.events) // entry-point ends
	for range 2 {
		three()
	}
	wantNext(three, "end")
}

// TestText: characters are whole, whatever the pieces are.
func TestText(t *testing.T) {
	const said = "aé€😀\xffé\xc3z"
	for size := 1; size < len(said); size++ {
		one, got := text{}, ""
		for i := 0; i < len(said); i += size {
			got += one.add([]byte(said[i:min(i+size, len(said))]))
		}
		if want := strings.ToValidUTF8(said, "\uFFFD"); got != want {
			t.Errorf("pieces of %d bytes: %q, want %q", size, got, want)
		}
	}
}
