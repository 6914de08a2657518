package page

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/measure"
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

func (w *world) Do(_ context.Context, r *control.Request, each func(*control.Answer) error) error {
	if w.err != nil {
		return w.err
	}
	switch r.Do {
	case control.DoDetail:
		return each(&control.Answer{Detail: &control.Detail{
			Settings:    []string{"/etc/a.conf:3: [program:web] command = app --password hush", "/etc/a.conf:4: [program:web] environment = "},
			Environment: []string{"DB_PASSWORD"}, Inherited: []string{"PATH"}, Outdated: true,
			Probes: []*control.Probe{{Kind: "ready", Probe: "exec:check --token hush", Time: time.Now(), Answer: "connection refused"}},
		}})
	case control.DoInfo:
		return each(&control.Answer{Info: &control.Info{Identifier: "shop", Setup: []control.Step{{Name: "requirements.txt", Result: "done", Seconds: 2.5}, {Name: "hooks", Result: "failed", Seconds: 1}}}})
	case control.DoHealth:
		return each(&control.Answer{Health: &control.Health{Waiting: []string{"web"}}})
	case control.DoStatus:
		for _, p := range w.programs {
			_ = each(&control.Answer{Program: p})
		}
		return nil
	case control.DoUsage:
		return nil
	case control.DoEvents:
		_ = each(&control.Answer{Event: &control.Event{Time: time.Now(), Program: "web", From: "RUNNING", To: "EXITED", Text: "ended: exit code 2"}})
		return each(&control.Answer{Event: &control.Event{Time: time.Now(), Program: "web", To: "FATAL", Text: "<script>alert(1)</script>\x1b[31m", Bad: true}})
	case control.DoRead:
		if w.result != nil {
			return each(&control.Answer{Result: w.result})
		}
		return each(&control.Answer{Log: &control.Log{Data: []byte(w.log)}})
	}
	w.done = append(w.done, strings.Join(append([]string{r.Do.String()}, r.Names...), " ")+r.Signal)
	if w.result != nil {
		return each(&control.Answer{Result: w.result})
	}
	return nil
}

func browse(w *world, method, target, form string) *httptest.ResponseRecorder {
	mux := openly.Serve(Routes(w, &measure.Samples{}))
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
		"action=startall":                          {bad(control.AlreadyStarted, ""), "start all", "All started at "},
		"action=stop&processname=g:*":              {nil, "stop g:*", "Process g:* stopped"},
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
	for _, query := range []string{"action=restart&processname=web", "action=restart&processname=g:*", "action=stopall", "action=startall", "action=clearlog&processname=web", "action=signal&signal=KILL&processname=web"} {
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
	for _, path := range []string{"/page.css", "/page.js", "/icon.svg", "/icon.svg?state=bad"} {
		if answer := browse(&world{}, "GET", path, ""); answer.Code != 200 || answer.Body.Len() < 100 {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
	for _, path := range []string{"/page.html", "/html/page.html", "/script/10-base.js", "/nothing", "/..%2fpage.go"} {
		if answer := browse(&world{}, "GET", path, ""); answer.Code != 404 {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
}

// TestPolicy: of style and script that stand in the page, the policy allows those that we
// have written and no other.
func TestPolicy(t *testing.T) {
	answer := browse(&world{programs: []*control.Program{{Name: "web", Group: "web", FullName: "web"}}}, "GET", "/?message=%3Cstyle%3E", "")
	body, policy := answer.Body.String(), answer.Header().Get("Content-Security-Policy")
	for _, part := range []struct{ begin, end, directive string }{{"<style>", "</style>", "style-src"}, {`<script id="start">`, "</script>", "script-src"}} {
		_, rest, _ := strings.Cut(body, part.begin)
		text, _, _ := strings.Cut(rest, part.end)
		if want := part.directive + " 'self' " + hashOf([]byte(text)); len(text) < 100 || !strings.Contains(policy, want) || strings.Count(body, part.end) != 1 {
			t.Errorf("%q does not have %q; %d of %s", policy, want, strings.Count(body, part.end), part.end)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Error(policy)
	}
	if policy := browse(&world{}, "GET", "/part.html", "").Header().Get("Content-Security-Policy"); policy != "" {
		t.Errorf("%q for what has no style and no script in it", policy)
	}
}

// TestHostile: names, reasons and messages are text, whatever they hold.
func TestHostile(t *testing.T) {
	const evil = `"><script>alert(1)</script>` + "\x1b]0;x\x07\u202e"
	w := &world{programs: []*control.Program{{Name: evil, FullName: evil, Group: evil, State: "FATAL", Reason: evil, LastEnd: evil, WaitingFor: []string{evil}, Profile: evil}}, log: evil}
	for _, path := range []string{"/?program=" + url.QueryEscape(evil), "/part.html?name=" + url.QueryEscape(evil), "/?message=" + url.QueryEscape(evil), "/?action=stop&processname=" + url.QueryEscape(evil), "/tail.html?processname=" + url.QueryEscape(evil) + "&search=" + url.QueryEscape("<script>")} {
		answer := browse(w, "GET", path, "")
		body := answer.Body.String()
		if answer.Code != 200 || strings.Contains(body, "<script>") || !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("%s: %d\n%s", path, answer.Code, body)
		}
	}
}

// many are n programs, of which some are not well.
func many(n int) (list []*control.Program) {
	for i := range n {
		p := &control.Program{Name: "p" + strconv.Itoa(i), FullName: "g:p" + strconv.Itoa(i), Group: "g", State: "RUNNING", Ready: true, PID: 7, Started: time.Now()}
		switch i {
		case 3:
			p.State, p.PID, p.LastEnd, p.Verdict, p.Recent = "FATAL", 0, "exit code 3", "g:p3: exit code 3", 4
		case 5:
			p.Ready, p.Reason = false, "connection refused"
		}
		list = append(list, p)
	}
	return list
}

// TestWords: the state of all in one sentence, the sick ones first and why, failed steps
// of the setup, and what acts on many says on how many.
func TestWords(t *testing.T) {
	w := &world{programs: many(60)}
	body := browse(w, "GET", "/", "").Body.String()
	for _, part := range []string{
		"58 of 60 ready, 1 given up, 1 not ready", "<title>✕ 58 of 60 ready", "icon.svg?state=bad", `data-mood="bad"`,
		"requirements.txt", "2.5s", `<details id="setup" open>`, `<b class="bad">failed</b>`, "What ended an earlier one is in the container's log.", "<b>not ready</b> connection refused", "<b>given up</b> exit code 3",
	} {
		if !strings.Contains(body, part) {
			t.Errorf("no %q in the page:\n%s", part, body)
			break
		}
	}
	var order []int
	for _, name := range []string{"program-g:p3\"", "program-g:p5\"", "program-g:p0\"", "program-g:p59\""} {
		order = append(order, strings.Index(body, name))
	}
	if !slices.IsSorted(order) || order[0] < 0 {
		t.Errorf("the sick ones are not first: %v", order)
	}
	for query, question := range map[string]string{
		"action=stopall": "Stop 59 programs?", "action=startall": "Start 1 program?", "action=restartall": "Restart 60 programs?", "action=restart&processname=g:*": "Restart 60 programs of g:*?",
	} {
		if body := browse(w, "GET", "/?"+query, "").Body.String(); !strings.Contains(body, question) {
			t.Errorf("%s does not ask %q", query, question)
		}
	}
	part := browse(w, "GET", "/part.html?name=g:p3&name=g:p7", "").Body.String()
	if strings.Count(part, "data-name=") != 2 || !strings.Contains(part, "58 of 60 ready") {
		t.Errorf("a part:\n%s", part)
	}
}

// TestOften: who restarts again and again is no good news, though up at the moment. One
// restart, or several that somebody asked for, are.
func TestOften(t *testing.T) {
	w := &world{programs: many(2)}
	w.programs[0].Recent, w.programs[0].Verdict = 6, "g:p0: exit code 3"
	w.programs[1].Recent = 6
	body := browse(w, "GET", "/", "").Body.String()
	for _, part := range []string{"<title>… all 2 ready, 1 restarting", "icon.svg?state=warn", `class="RUNNING sick" data-name="g:p0"`, "<b>restarting</b> 6 times in the last hour: exit code 3", `class="RUNNING" data-name="g:p1"`} {
		if !strings.Contains(body, part) {
			t.Errorf("no %q in the page:\n%s", part, body)
		}
	}
	w.programs[0].Recent = 0
	w.programs[0].State, w.programs[0].Reason, w.programs[0].Waiting = "STOPPED", "for db to be ready", control.WaitsPrograms
	if body := browse(w, "GET", "/", "").Body.String(); !strings.Contains(body, "1 of 2 ready, 1 waiting –") || !strings.Contains(body, `class="STOPPED sick" data-name="g:p0"`) {
		t.Errorf("one that waits for another program:\n%s", body)
	}
	w.programs[0].State, w.programs[0].Recent = "RUNNING", 2
	if body := browse(w, "GET", "/", "").Body.String(); !strings.Contains(body, "all 2 ready –") {
		t.Errorf("two restarts:\n%s", body)
	}
}

// TestReason: why a program is as it is, in the list and beside it, made of the members of
// its status. Nobody reads its sentence for people.
func TestReason(t *testing.T) {
	const end = "exit code 3; last line: waits for a: b, 3s ago"
	soon := time.Now().Add(2*time.Hour + 90*time.Second)
	for _, c := range []struct {
		program     control.Program
		list, panel string
	}{
		{control.Program{State: "STARTING", PID: 7}, "<b>starting</b> ", ""},
		{control.Program{State: "STARTING", PID: 7, LastEnd: end}, "<b>starting</b> last end: " + end, "last end: " + end},
		{control.Program{State: "STARTING", Reason: "pre_start runs", LastEnd: end, HookEnds: soon}, "<b>starting</b> pre_start runs; last end: " + end, "pre_start runs; last end: " + end},
		{control.Program{State: "STARTING", Reason: "no memory", LastEnd: end, NextStart: soon}, "<b>starting</b> no memory", "no memory"},
		{control.Program{State: "RUNNING", PID: 7, Ready: true, Profile: "web server"}, "<b>running</b> web server", ""},
		{control.Program{State: "RUNNING", PID: 7}, "<b>not ready</b> ", ""},
		{control.Program{State: "RUNNING", PID: 7, Reason: "503 (busy)", LastEnd: end}, "<b>not ready</b> 503 (busy); last end: " + end, "503 (busy); last end: " + end},
		{control.Program{State: "BACKOFF", LastEnd: end, NextStart: soon}, "<b>failing</b> " + end, end},
		{control.Program{State: "STOPPING", PID: 7, Reason: "asked by root", LastEnd: end}, "<b>stopping</b> asked by root", "asked by root"},
		{control.Program{State: "FATAL", LastEnd: end}, "<b>given up</b> " + end, end},
		{control.Program{State: "STOPPED"}, "<b>stopped</b> ", "It has not been started."},
		{control.Program{State: "STOPPED", Starts: 1, LastEnd: end}, "<b>stopped</b> " + end, end},
		{control.Program{State: "STOPPED", NextStart: soon}, "<b>stopped</b> next run in 2h 1m", "It has not been started."},
		{control.Program{State: "EXITED", Done: true, Starts: 1, NextStart: soon, LastEnd: "exit code 0"}, "<b>done</b> next run in 2h 1m; last end: exit code 0", "last end: exit code 0"},
		{control.Program{State: "STOPPED", Reason: "has run before"}, "<b>stopped</b> has run before", "has run before"},
		{control.Program{State: "STOPPED", Reason: "for db, which is stopped", Waiting: "programs", WaitingFor: []string{"db"}, LastEnd: end}, "<b>waiting</b> for db, which is stopped", "waits for db, which is stopped"},
	} {
		p := c.program
		p.Name, p.Group, p.FullName, p.Why = "web", "web", "web", "pid 7, up for 3s, not ready yet (never read); the one before: never read"
		body := browse(&world{programs: []*control.Program{&p}}, "GET", "/?program=web", "").Body.String()
		if want := `<td role="cell" class="y">` + c.list + "</td>"; !strings.Contains(body, want) {
			t.Errorf("no %q in the list:\n%s", want, body)
		}
		if got := strings.Contains(body, `<p class="why">`+c.panel+"</p>"); got != (c.panel != "") || !got && strings.Contains(body, `class="why"`) || strings.Contains(body, "never read") {
			t.Errorf("no %q beside the list:\n%s", c.panel, body)
		}
		if strings.Contains(body, `Look at <a href="/?program=db#program">db</a>`) != (p.WaitingFor != nil) || strings.Contains(body, "the hook is ended at") != !p.HookEnds.IsZero() {
			t.Errorf("the numbers of %+v:\n%s", p, body)
		}
	}
	// Who waits for another program is sick; for another container, which is at work, not.
	for waiting, sick := range map[string]bool{control.WaitsPrograms: true, control.WaitsTurn: true, control.WaitsContainer: false, "": false} {
		r := &row{Program: &control.Program{State: "STOPPED", Waiting: waiting}}
		if r.Sick() != sick || (r.Word() == "waiting") != (waiting != "") {
			t.Errorf("waiting for %q: %s, sick: %t", waiting, r.Word(), r.Sick())
		}
	}
}

// TestWeight: the page with 60 programs, its script and its style are below 150 kB with
// what they ask for at once.
func TestWeight(t *testing.T) {
	w, sum := &world{programs: many(60)}, 0
	for _, path := range []string{"/", "/page.js", "/page.css", "/icon.svg"} {
		n := browse(w, "GET", path, "").Body.Len()
		t.Logf("%s: %d bytes", path, n)
		sum += n
	}
	const numbers = 60 * (130 + 30*2*8) / 2 // usage, and samples, half of which are zeros
	if sum+numbers > 150_000 {
		t.Errorf("%d bytes, and about %d of numbers", sum, numbers)
	}
}

// TestOpened: what is known of one program, and no secret.
func TestOpened(t *testing.T) {
	w := &world{programs: many(10)}
	for i := range w.programs {
		w.programs[i].FullName = strings.Replace(w.programs[i].FullName, "g:p1", "web", 1)
	}
	body := browse(w, "GET", "/?program=web", "").Body.String()
	for _, part := range []string{`<h3>Verdicts so far</h3> <span id="verdict-count" data-live>1<`, `<h3>Events</h3> <span id="event-count" data-live>2<`, "app --password ***", "a.conf:3", "DB_PASSWORD", "connection refused", "The files have changed", `class="default"`, "see Environment"} {
		if !strings.Contains(body, part) {
			t.Errorf("no %q in the page", part)
		}
	}
	if strings.Contains(body, "hush") {
		t.Error("a secret is shown")
	}
	if answer := browse(w, "GET", "/?program=nope", ""); answer.Code != 404 || !strings.Contains(answer.Body.String(), "no program with this name") {
		t.Errorf("an unknown program: %d", answer.Code)
	}
}

func TestTail(t *testing.T) {
	w := &world{log: "One\ntwo\none again\n"}
	body := browse(w, "GET", "/tail.html?processname=web&limit=1", "").Body.String()
	for _, part := range []string{"The newest line first: 3 lines, all 18 bytes", "<h2>stdout</h2>", "<h2>stderr</h2>", "one again\ntwo\nOne"} {
		if !strings.Contains(body, part) {
			t.Errorf("no %q without a search:\n%s", part, body)
		}
	}
	body = browse(w, "GET", "/tail.html?processname=web&search=ONE&stream=stdout", "").Body.String()
	if !strings.Contains(body, "2 of 3 lines with “ONE”") || strings.Contains(body, "two") || strings.Contains(body, "<h2>stderr") {
		t.Errorf("search:\n%s", body)
	}
	for _, query := range []string{"", "processname=web&limit=x", "processname=web&stream=../../etc/passwd"} {
		if answer := browse(w, "GET", "/tail.html?"+query, ""); answer.Code != http.StatusBadRequest {
			t.Errorf("%q: %d", query, answer.Code)
		}
	}
	answer := browse(w, "GET", "/log.txt?processname=g:../web&stream=stdout", "")
	if answer.Body.String() != w.log || answer.Header().Get("Content-Disposition") != `attachment; filename="g_.._web.stdout.log"` {
		t.Errorf("download: %v %q", answer.Header(), answer.Body.String())
	}
	if answer := browse(w, "GET", "/log.txt?processname=web&stream=x", ""); answer.Code != http.StatusBadRequest {
		t.Errorf("download of no stream: %d", answer.Code)
	}
	w.result = &control.Result{Status: control.NoProgram, Text: "no such program"}
	if answer := browse(w, "GET", "/tail.html?processname=nope", ""); answer.Code != 404 || !strings.Contains(answer.Body.String(), "ERROR: no such program") {
		t.Errorf("unknown program: %d", answer.Code)
	}
}

// TestCores: short, for a column is narrow, and exact where there is little.
func TestCores(t *testing.T) {
	for n, want := range map[float64]string{0: "0.0 %", 0.0123: "1.2 %", 0.0994: "9.9 %", 0.0996: "10 %", 1: "100 %", 15.987: "1599 %"} {
		if got := cores(n); got != want {
			t.Errorf("%v: %s, want %s", n, got, want)
		}
	}
}

func TestVisible(t *testing.T) {
	if got, want := seen("a\tb\n\x1b[1m\x7f\u009b\u202e\r"), "a\tb\n\u241b[1m\u2421\\u009b\\u202e\u240d"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
