package gateway

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/route"
)

// TestTable: no row gives somebody more than its operations do, a stricter right than
// that of a reader has its reason, and what needs no password is health.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range table(nil, nil).Rows {
		name := row.Method + " " + row.Path
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
		more := slices.ContainsFunc(row.Do, func(o control.Operation) bool { return !o.Reads() })
		if (row.May == route.Operator) != more {
			t.Errorf("%s asks for %v, and is for %s", name, row.Do, row.May)
		}
		if (row.Why == "") != (row.May == route.Reader) {
			t.Errorf("%s is for %s, because %q", name, row.May, row.Why)
		}
		if (row.May == route.Anyone) != isProbe(row.Path) {
			t.Errorf("%s is for %s", name, row.May)
		}
	}
}

// steered is an entry-point with the program web, that notes what it is asked for.
type steered struct {
	mu   sync.Mutex
	asks []control.Operation
}

func (s *steered) Do(_ context.Context, r *control.Request, each func(*control.Answer) error) error {
	s.mu.Lock()
	s.asks = append(s.asks, r.Do)
	s.mu.Unlock()
	web := control.Program{Name: "web", Group: "web", FullName: "web", State: "RUNNING", PID: 7, Reloads: true}
	answer, is := map[control.Operation]*control.Answer{
		control.DoInfo:   {Info: &control.Info{State: "RUNNING"}},
		control.DoHealth: {Health: &control.Health{Ready: true}},
		control.DoStatus: {Program: &web},
		control.DoUsage:  {Usage: &control.Usage{Name: "web", Processes: 1}},
		control.DoEvents: {Event: &control.Event{Program: "web"}},
		control.DoLogs:   {Log: &control.Log{Name: "web", Data: []byte("hush")}},
		control.DoRead:   {Log: &control.Log{Name: "web", Data: []byte("hush"), Size: 4}},
		control.DoConfig: {Config: &control.Config{Name: "web", Group: "web", FullName: "web", Command: "hush"}},
	}[r.Do]
	if !is {
		answer = &control.Answer{Result: &control.Result{Name: "web", Group: "web", Status: control.OK}}
	}
	if each == nil {
		return nil
	}
	return each(answer)
}

// more are what it was asked for that is more than reading.
func (s *steered) more() (list []control.Operation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.asks {
		if !o.Reads() {
			list = append(list, o)
		}
	}
	return list
}

// watched is a gateway with both logins.
func watched(t *testing.T) (*house, *steered) {
	s := &steered{}
	return open(t, func(h *house) {
		h.Asker = s
		h.Sockets[0].Username, h.Sockets[0].Password = "u", "p"
		h.Sockets[0].Reader, h.Sockets[0].ReaderPassword = "r", "{SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d"
	}), s
}

// ask asks with a login, over a connection of its own.
func (h *house) ask(method, path, user, body string) (int, string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, "http://"+h.address+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.SetBasicAuth(user, map[string]string{"u": "p", "r": "thepassword"}[user])
	if body != "" {
		r.Header.Set("Content-Type", map[bool]string{true: "text/xml", false: "application/json"}[strings.HasPrefix(body, "<")])
	}
	res, text := h.request(r)
	return res.StatusCode, text
}

// TestReader: of every row, a reader gets what the row says, and nothing of what is more
// than reading reaches entry-point.
func TestReader(t *testing.T) {
	h, s := watched(t)
	for _, row := range table(nil, nil).Rows {
		method := row.Method
		if method == "" {
			method = "GET"
		}
		path := strings.NewReplacer("{name}", "web", "{channel}", "stdout", "{kind}", "forbidden", "{$}", "").Replace(row.Path)
		code, text := h.ask(method, path, "r", "")
		if (code == http.StatusForbidden) != (row.May == route.Operator) || code == http.StatusUnauthorized {
			t.Errorf("%s %s: %d %s", method, path, code, text)
		}
		if row.May == route.Operator && !strings.Contains(text, "this login may only read: "+row.Why) {
			t.Errorf("%s %s: %s", method, path, text)
		}
		if code, text := h.ask(method, path, "u", ""); code == http.StatusForbidden || code == http.StatusUnauthorized {
			t.Errorf("%s %s: an operator gets %d %s", method, path, code, text)
		}
		if code, _ := h.ask(method, path, "x", ""); (code == http.StatusUnauthorized) == (row.May == route.Anyone) {
			t.Errorf("%s %s: somebody without a password gets %d", method, path, code)
		}
	}
	s.asks = nil
	for _, path := range []string{"/?action=stop&processname=web", "/index.html?action=restartall"} {
		if code, text := h.ask("GET", path, "r", ""); code != http.StatusForbidden || !strings.Contains(text, "only read") {
			t.Errorf("%s: %d %s", path, code, text)
		}
	}
	if code, text := h.ask("DELETE", "/v1/programs/web", "r", ""); code != http.StatusMethodNotAllowed || !strings.Contains(text, "GET, HEAD") {
		t.Errorf("another method: %d %s", code, text)
	}
	if list := s.more(); list != nil {
		t.Errorf("a reader's requests have reached entry-point: %v", list)
	}
}

// TestReaderSees: the page of a reader has no action and no log.
func TestReaderSees(t *testing.T) {
	h, _ := watched(t)
	marks := []string{"data-may", "/?action=stopall", `<form id="actions" method="post"`, "/tail.html", "/log.txt", "/mainlogtail", "Actions"}
	_, operator := h.ask("GET", "/?program=web", "u", "")
	_, reader := h.ask("GET", "/?program=web", "r", "")
	for _, mark := range marks {
		if !strings.Contains(operator, mark) {
			t.Errorf("an operator's page has no %s", mark)
		}
		if strings.Contains(reader, mark) {
			t.Errorf("a reader's page has %s", mark)
		}
	}
	if !strings.Contains(reader, "This login may only read.") || !strings.Contains(reader, "settings, environment, probes and log, which may hold passwords, are for the other one.") || !strings.Contains(reader, "RUNNING") {
		t.Error(reader)
	}
}

// TestReaderCalls: of XML-RPC's methods, a reader may call those that read.
func TestReaderCalls(t *testing.T) {
	h, s := watched(t)
	call := func(user, method, parameters string) (int, string) {
		return h.ask("POST", "/RPC2", user, "<methodCall><methodName>"+method+"</methodName><params>"+parameters+"</params></methodCall>")
	}
	_, list := call("r", "system.listMethods", "")
	names := strings.Split(list, "<string>")[1:]
	if len(names) < 40 {
		t.Fatal(list)
	}
	reads := []string{
		"getAPIVersion", "getVersion", "getSupervisorVersion", "getIdentification", "getPID", "getState", "getProcessInfo", "getAllProcessInfo",
		"system.listMethods", "system.methodHelp", "system.methodSignature", "system.multicall",
	}
	for _, name := range names {
		name, _, _ = strings.Cut(name, "<")
		code, text := call("r", name, "")
		if may := slices.Contains(reads, strings.TrimPrefix(name, "supervisor.")); may != (code == http.StatusOK) || !may && text != "this login may only read: it may not call "+name+"\n" {
			t.Errorf("%s: %d %s", name, code, text)
		}
		if code, text := call("u", name, ""); code != http.StatusOK {
			t.Errorf("%s: an operator gets %d %s", name, code, text)
		}
	}
	s.asks = nil
	const many = `<param><value><array><data>` +
		`<value><struct><member><name>methodName</name><value>supervisor.getPID</value></member></struct></value>` +
		`<value><struct><member><name>methodName</name><value>supervisor.shutdown</value></member></struct></value></data></array></value></param>`
	if code, text := call("r", "system.multicall", many); code != http.StatusForbidden || !strings.Contains(text, "only read") {
		t.Errorf("many at once: %d %s", code, text)
	}
	if list := s.more(); list != nil {
		t.Errorf("a reader's calls have reached entry-point: %v", list)
	}
}

// TestGuard: whatever a row says, what is more than reading is refused.
func TestGuard(t *testing.T) {
	s := &steered{}
	var a ask.Asker = route.Guard{Asker: s}
	for o := control.DoInfo; o <= control.DoCtl; o++ {
		for _, right := range []route.Right{route.Anyone, route.Reader, route.Operator} {
			err := a.Do(route.As(t.Context(), right), &control.Request{Do: o}, nil)
			if (err == nil) != (o.Reads() || right == route.Operator) {
				t.Errorf("%s for %s: %v", o, right, err)
			}
		}
		if err := a.Do(t.Context(), &control.Request{Do: o}, nil); (err == nil) != o.Reads() {
			t.Errorf("%s for nobody: %v", o, err)
		}
	}
}
