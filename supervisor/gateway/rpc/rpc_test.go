package rpc

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/route"
	"entrypoint/supervisor/gateway/route/openly"
)

// world is an entry-point of a few programs.
type world struct {
	programs []*control.Program
	results  []*control.Result
	log      *control.Log
	kept     string // of a log without a file
	size     int64  // of that log
	err      error
	asked    []*control.Request
}

func (w *world) Do(_ context.Context, r *control.Request, each func(*control.Answer) error) error {
	w.asked = append(w.asked, r)
	if each == nil {
		each = func(*control.Answer) error { return nil }
	}
	switch {
	case r.Do == control.DoInfo:
		return each(&control.Answer{Info: &control.Info{State: "RUNNING", PID: 1}})
	case w.err != nil:
		return w.err
	case r.Do == control.DoStatus:
		for _, p := range w.programs {
			_ = each(&control.Answer{Program: p})
		}
		return nil
	case r.Do == control.DoConfig:
		return each(&control.Answer{Config: &control.Config{Name: "web", Command: "/no/such file"}})
	case r.Do == control.DoRead && w.kept != "":
		first := w.size - int64(len(w.kept))
		from := r.Offset
		if from < 0 {
			from += w.size
		}
		from = max(from, first)
		to := w.size
		if r.Length > 0 {
			to = min(to, from+r.Length)
		}
		return each(&control.Answer{Log: &control.Log{Data: []byte(w.kept[from-first : max(from, to)-first]), Offset: from, Size: w.size}})
	case r.Do == control.DoRead && w.log != nil:
		return each(&control.Answer{Log: w.log})
	}
	for _, result := range w.results {
		_ = each(&control.Answer{Result: result})
	}
	return nil
}

func program(group, name, state string) *control.Program {
	full := name
	if group != name {
		full = group + ":" + name
	}
	return &control.Program{Name: name, Group: group, FullName: full, State: state, PID: 7}
}

// call runs one method, and returns its value or its fault as text.
func (w *world) call(method string, params ...any) string {
	v, err := (&server{w}).call(route.As(context.Background(), route.Operator), method, params)
	if err != nil {
		f := faultOf(err, "")
		return fmt.Sprintf("fault %d %s", f.code, f.Error())
	}
	return fmt.Sprint(v)
}

// TestFaults: supervisord's number and words of what goes wrong.
func TestFaults(t *testing.T) {
	for status, want := range map[string]string{
		control.AlreadyStarted: "fault 60 ALREADY_STARTED: web",
		control.NotRunning:     "fault 70 NOT_RUNNING: web",
		control.NoFile:         "fault 20 NO_FILE: what it says",
		control.NotExecutable:  "fault 21 NOT_EXECUTABLE: what it says",
		control.SpawnError:     "fault 50 SPAWN_ERROR: web",
		control.Abnormal:       "fault 50 SPAWN_ERROR: web",
		control.Failed:         "fault 30 FAILED: why",
		"something new":        "fault 30 FAILED: web",
	} {
		w := &world{programs: []*control.Program{program("web", "web", "STOPPED")}, results: []*control.Result{{Name: "web", Group: "web", Status: status, Text: "why"}}}
		if status == control.NoFile || status == control.NotExecutable {
			w.results[0].SpawnErr = "what it says"
		}
		if got := w.call("supervisor.startProcess", "web"); got != want {
			t.Errorf("%s: %s, want %s", status, got, want)
		}
	}
	for method, want := range map[string]string{
		"supervisor.nothing": "fault 1 UNKNOWN_METHOD", "nothing": "fault 1 UNKNOWN_METHOD", "": "fault 1 UNKNOWN_METHOD",
		"supervisor.": "fault 1 UNKNOWN_METHOD", "startProcess": "fault 1 UNKNOWN_METHOD",
	} {
		if got := (&world{}).call(method); got != want {
			t.Errorf("%q: %s, want %s", method, got, want)
		}
	}
	shutting := &world{err: &control.Error{Code: control.ShuttingDown, Message: "stopping"}}
	if got := shutting.call("supervisor.getAllProcessInfo"); !strings.HasPrefix(got, "fault 6 SHUTDOWN_STATE") {
		t.Errorf("while it stops: %s", got)
	}
}

// TestParameters: how many, and of which kind; numbers and texts stand for each
// other where supervisord takes both.
func TestParameters(t *testing.T) {
	const wrong = "fault 2 INCORRECT_PARAMETERS"
	for _, c := range []struct {
		method string
		params []any
		wrong  bool
	}{
		{"supervisor.getState", nil, false},
		{"supervisor.getState", []any{1}, true},
		{"supervisor.startProcess", nil, true},
		{"supervisor.startProcess", []any{"web", true, 1}, true},
		{"supervisor.startProcess", []any{7}, true},
		{"supervisor.startProcess", []any{"web", 0}, false},
		{"supervisor.startProcess", []any{[]byte("web")}, false},
		{"supervisor.startProcess", []any{"web", "yes"}, true},
		{"supervisor.signalProcess", []any{"web", 1}, false},
		{"supervisor.signalProcess", []any{"web", "HUP"}, false},
		{"supervisor.signalProcess", []any{"web", true}, true},
		{"supervisor.readProcessStdoutLog", []any{"web", "0", "10"}, false},
		{"supervisor.readProcessStdoutLog", []any{"web", "x", 10}, true},
	} {
		w := &world{programs: []*control.Program{program("web", "web", "RUNNING")}, log: &control.Log{}}
		if got := w.call(c.method, c.params...); (got == wrong) != c.wrong {
			t.Errorf("%s %v: %s", c.method, c.params, got)
		}
	}
}

// TestNames: "name", "group:name" and "group:*".
func TestNames(t *testing.T) {
	w := &world{programs: []*control.Program{program("g", "b", "STOPPED"), program("g", "a", "RUNNING"), program("web", "web", "STOPPED")}}
	for name, want := range map[string]string{"web": "web", "web:web": "web", "g:b": "g:b", "g:*": "g:b", "g:": "g:b"} {
		w.asked = nil
		w.call("supervisor.startProcess", name)
		last := w.asked[len(w.asked)-1]
		if last.Do != control.DoStart || strings.Join(last.Names, " ") != want || !last.Wait {
			t.Errorf("%s: %+v, want %s", name, last, want)
		}
	}
	for _, name := range []string{"a", "g", "nobody:*", "g:nobody"} {
		if got := w.call("supervisor.startProcess", name); got != "fault 10 BAD_NAME: "+name {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestOrder: results of many are in the order of the programs, whoever was first.
func TestOrder(t *testing.T) {
	w := &world{
		programs: []*control.Program{program("g", "a", "RUNNING"), program("g", "b", "RUNNING")},
		results:  []*control.Result{{Name: "b", Group: "g", Status: control.OK}, {Name: "a", Group: "g", Status: control.NotRunning}},
	}
	got := w.call("supervisor.stopProcessGroup", "g")
	if a, b := strings.Index(got, "{name a}"), strings.Index(got, "{name b}"); a < 0 || b < a || !strings.Contains(got, "NOT_RUNNING: g:a") {
		t.Errorf("%s", got)
	}
}

// TestOrderOfGroups: the processes of a group start in the order of their priorities,
// which is that in which entry-point names them; it turns that around for a stop itself.
func TestOrderOfGroups(t *testing.T) {
	for method, states := range map[string]string{"supervisor.startProcessGroup": "STOPPED", "supervisor.stopProcessGroup": "RUNNING", "supervisor.startProcess": "STOPPED"} {
		w := &world{programs: []*control.Program{program("g", "c", states), program("x", "x", states), program("g", "a", states), program("g", "b", states)}}
		name := "g"
		if method == "supervisor.startProcess" {
			name = "g:*"
		}
		w.call(method, name)
		if got := strings.Join(w.asked[len(w.asked)-1].Names, " "); got != "g:c g:a g:b" {
			t.Errorf("%s: %s", method, got)
		}
	}
}

// TestTail: the last of what is behind an offset, and whether there was more.
func TestTail(t *testing.T) {
	for _, c := range []struct {
		offset, length int
		kept           string
		want           string
	}{
		{0, 4, "0123456789", "[6789 10 true]"},
		{0, 10, "0123456789", "[0123456789 10 false]"},
		{8, 5, "0123456789", "[89 10 false]"},
		{9, 1, "0123456789", "[9 10 false]"},
		{10, 1, "0123456789", "[ 10 false]"},
		{11, 1, "0123456789", "[ 10 false]"},
		{0, 0, "0123456789", "[ 10 true]"},
		{0, -1, "0123456789", "[ 10 true]"},
		{0, 10, "6789", "[6789 10 true]"}, // what is not kept is missing, and that is said
		{6, 10, "6789", "[6789 10 false]"},
	} {
		w := &world{programs: []*control.Program{program("web", "web", "RUNNING")}, kept: c.kept, size: 10}
		if got := w.call("supervisor.tailProcessStdoutLog", "web", c.offset, c.length); got != c.want {
			t.Errorf("%d %d: %s, want %s", c.offset, c.length, got, c.want)
		}
	}
}

// TestReadOfWhatIsGone: who continues where the log is not kept any more is told so, and
// does not get another part; who asks for all gets all that there is.
func TestReadOfWhatIsGone(t *testing.T) {
	for _, c := range []struct {
		offset, length int
		want           string
	}{
		{0, 0, "6789"},
		{0, 4, "fault 30 FAILED: of what it has printed, bytes 0 to 6 are not kept: give it a log file (stdout_logfile)"},
		{5, 0, "fault 30 FAILED: of what it has printed, bytes 5 to 6 are not kept: give it a log file (stdout_logfile)"},
		{6, 0, "6789"},
		{7, 2, "78"},
		{-3, 0, "789"},
		{-100, 0, "6789"},
	} {
		w := &world{programs: []*control.Program{program("web", "web", "RUNNING")}, kept: "6789", size: 10}
		if got := w.call("supervisor.readProcessStdoutLog", "web", c.offset, c.length); got != c.want {
			t.Errorf("%d %d: %s, want %s", c.offset, c.length, got, c.want)
		}
	}
}

// TestLongLog: a log of any size is an answer, which is written as it is read, and cut
// where the log has been rotated meanwhile.
func TestLongLog(t *testing.T) {
	line := "caf\u00e9 & <b> \U0001F600 \r\n"
	text := strings.Repeat(line, 3<<20/len(line))
	for _, rotated := range []bool{false, true} {
		w := &world{programs: []*control.Program{program("web", "web", "RUNNING")}, kept: text, size: int64(len(text))}
		mux := openly.Serve(Routes(asker(func(ctx context.Context, r *control.Request, each func(*control.Answer) error) error {
			if r.Do == control.DoRead && rotated && r.Offset > 1<<20 {
				return each(&control.Answer{Log: &control.Log{File: "another", Data: []byte("x"), Offset: r.Offset, Size: r.Offset + 1}})
			}
			if n := len(text); r.Do == control.DoRead && r.Length > int64(n)/4 {
				t.Errorf("%d bytes are asked for at a time", r.Length)
			}
			return w.Do(ctx, r, each)
		})))
		server := httptest.NewServer(mux)
		body := "<methodCall><methodName>supervisor.tailProcessStdoutLog</methodName><params><param><value><string>web</string></value></param>" +
			"<param><value><int>0</int></value></param><param><value><int>" + strconv.Itoa(len(text)) + "</int></value></param></params></methodCall>"
		res, err := http.Post(server.URL+"/RPC2", "text/xml", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(res.Body)
		res.Body.Close()
		server.Close()
		_, got, _ := strings.Cut(string(answer), "<string>")
		got, rest, _ := strings.Cut(got, "</string>")
		got = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&#13;", "\r").Replace(got)
		switch {
		case rotated && err == nil:
			t.Error("an answer of which a part is missing looks whole")
		case !rotated && (err != nil || got != text || !strings.Contains(rest, "<int>"+strconv.Itoa(len(text))+"</int>")):
			t.Errorf("%v; %d bytes of %d, and then %.200q", err, len(got), len(text), rest)
		}
	}
}

// asker is an ask.Asker of a function.
type asker func(ctx context.Context, r *control.Request, each func(*control.Answer) error) error

func (a asker) Do(ctx context.Context, r *control.Request, each func(*control.Answer) error) error {
	return a(ctx, r, each)
}

// TestHTTP: what is no call is refused before it is read.
func TestHTTP(t *testing.T) {
	mux := openly.Serve(Routes(&world{}))
	ask := func(method, path, body string, length int64) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.ContentLength = length
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w
	}
	const good = "<methodCall><methodName>supervisor.getAPIVersion</methodName></methodCall>"
	for _, c := range []struct {
		method, body string
		length       int64
		code         int
		part         string
	}{
		{"POST", good, int64(len(good)), 200, "<string>3.0</string>"},
		{"GET", "", 0, 400, "POST"},
		{"POST", good, -1, 411, "length"},
		{"POST", "<nonsense", 9, 400, "cannot read the call"},
		{"POST", "<!DOCTYPE a [<!ENTITY b \"c\">]><methodCall/>", 44, 400, "cannot read the call"},
	} {
		if w := ask(c.method, "/RPC2", c.body, c.length); w.Code != c.code || !strings.Contains(w.Body.String(), c.part) {
			t.Errorf("%s %.20q: %d %s", c.method, c.body, w.Code, w.Body.String())
		}
	}
	for _, path := range []string{"/logtail/nobody", "/logtail/nobody/stdout", "/logtail/..%2f..%2fetc%2fpasswd", "/logtail/web/nothing"} {
		if w := ask("GET", path, "", 0); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
