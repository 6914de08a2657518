package main_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestWhoStoppedIt: whoever stops a program, by whatever way, stands in the log and in
// the status, with user and address.
func TestWhoStoppedIt(t *testing.T) {
	t.Parallel()
	tcp, _ := freeAddress(t, "tcp")
	p := controlled(t, `
[inet_http_server]
port = `+tcp+`
username = admin
password = secret
[entrypoint]
exit_on = never
[program:web]
command = sleep 1000
startsecs = 0
`)
	p.start()
	p.awaitSocket()
	post := func(path, kind, body string) {
		t.Helper()
		r, err := http.NewRequest("POST", "http://"+tcp+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("admin", "secret")
		r.Header.Set("Content-Type", kind)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatalf("%v; stderr:\n%s", err, p.stderr.String())
		}
		defer res.Body.Close()
		if res.StatusCode >= 400 {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	for who, stop := range map[string]func(){
		"admin from 127.0.0.1 (API)":  func() { post("/v1/programs/web/stop?wait=true", "application/json", "") },
		"admin from 127.0.0.1 (page)": func() { post("/", "application/x-www-form-urlencoded", "action=stop&processname=web") },
		"admin from 127.0.0.1 (XML-RPC)": func() {
			post("/RPC2", "text/xml", "<methodCall><methodName>supervisor.stopProcess</methodName><params><param><value>web</value></param></params></methodCall>")
		},
		"root from outside of the container (ctl)": func() { p.ctl(binary, "ctl", "stop", "web") },
	} {
		if text, code := p.ctl(binary, "ctl", "start", "web"); code != 0 {
			t.Fatalf("start: %s", text)
		}
		stop()
		if text, _ := p.ctl(binary, "ctl", "status", "web"); !strings.Contains(text, ", stopped on request of "+who) {
			t.Errorf("no %s in the status:\n%s", who, text)
		}
		p.await(&p.stderr, "web: stopping with SIGTERM, on request of "+who+"\n")
	}
}
