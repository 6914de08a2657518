package main_test

import (
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"entrypoint/cmd/entry-point/ctl"
	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/gateway/api"
	"entrypoint/supervisor/gateway/metrics"
	"entrypoint/supervisor/gateway/page"
	"entrypoint/supervisor/gateway/route"
)

// canaries are in every secret of the test, at its begin and at its end, in whatever form
// the rest is shown.
var canaries = []string{"canary", "yranac", "kolibri", "irbilok"}

// secretPrograms show secrets in every way that we know. What they print goes to files:
// it is theirs.
const secretPrograms = `
[entrypoint]
exit_on = never
log_format = {FORMAT}
log_timestamps = {TIMES}
[supervisord]
logfile = main.log
[inet_http_server]
port = {TCP}
username = admin
password = canary-http-yranac
[program-default]
autorestart = false
startsecs = 0
environment = SESSION_SECRET="canary \"four\\x%%z é yranac"
stdout_logfile = {DIR}/%(program_name)s.log
stderr_logfile = {DIR}/%(program_name)s.log
[program:last]
command = sh -c "echo error: $APP_PASSWORD $SESSION_SECRET $DATABASE_URL $MAIL_WORD; exit 3"
[program:long]
command = sh -c "printf 'error: %%0188d%%s' 0 $APP_PASSWORD; exit 3"
[program:quoted]
command = /usr/bin/python3 -c "import os, json, urllib.parse; s = os.environ['SESSION_SECRET']; raise Exception(json.dumps(s) + urllib.parse.quote(s) + urllib.parse.quote_plus(s) + repr(s))"
[program:command]
command = sleep 1000 postgres://u:canary-five-yranac@h/d --token=canary-six-yranac %(ENV_APP_PASSWORD)s
[program:missing]
command = /nonexistent/%(ENV_APP_PASSWORD)s
[program:folder]
command = sleep 1000
directory = /nonexistent/%(ENV_APP_PASSWORD)s
[program:probed]
command = sleep 1000
ready = exec:sh -c "echo not yet $APP_PASSWORD; exit 1"
[program:alive]
command = sleep 1000
live = exec:sh -c "echo dead $SESSION_SECRET; exit 1"
live_interval = 50ms
live_failures = 1
restartpause = 600
[program:checked]
command = sleep 1000
reload_signal = HUP
reload_check = sh -c "echo bad $SESSION_SECRET $MAIL_WORD; exit 1"
[program:hooked]
command = sh -c "echo error: $HOOK_TOKEN; exit 3"
pre_start = sh -c "echo HOOK_TOKEN=canary-eight-yranac >&3"
post_stop = sh -c "printenv ENTRYPOINT_VERDICT >{DIR}/verdict; exit 1"
[program:unhooked]
command = sleep 1000
pre_start = sh -c "echo error: no $MAIL_WORD; exit 1"
post_stop = sh -c "printenv ENTRYPOINT_VERDICT >>{DIR}/verdict2"
[program:end]
command = sh -c "echo error: cannot go on with $APP_PASSWORD$MAIL_WORD; exit 7"
autostart = false
critical = yes
`

// mistakes are in a configuration that is read again.
const secretMistakes = `
[program:wrong]
command = sleep 1000
startsecs = %(ENV_APP_PASSWORD)s
user = %(ENV_MAIL_WORD)s
environment = APP_TOKEN=kolibri irbilok
[program:wrong2]
command = sleep 1000
environment = A=1,TOKEN="kolibri-irbilok
[program:wrong3]
command = sleep 1000
environment = APP_TOKEN=x "kolibri-irbilok"=1
[program:wrong4]
command = sleep 1000
environment = DB_PASSWORD=kolibri,=irbilok
`

// secretive is entry-point with secrets of every kind, not started yet.
func secretive(t *testing.T, format, times string) (p *initProcess, tcp string) {
	t.Helper()
	tcp, _ = freeAddress(t, "tcp")
	p = controlled(t, "")
	p.write("programs.conf", strings.NewReplacer("{TCP}", tcp, "{DIR}", p.Dir, "{FORMAT}", format, "{TIMES}", times).Replace(secretPrograms))
	p.write("from_file", "canary from a 'file' yranac\n")
	p.Env = append(p.Env,
		"APP_PASSWORD=canary-one-yranac", "DATABASE_URL=postgres://app:canary%2Dtwo%2Fyranac@db/shop",
		"MAIL_WORD_FILE="+filepath.Join(p.Dir, "from_file"), "ENTRYPOINT_SECRETS=MAIL_WORD",
		"ENTRYPOINT_HTTP_LOGIN=admin:canary-login-yranac", "ENTRYPOINT_TERMINATION_LOG="+filepath.Join(p.Dir, "termination"),
	)
	p.write("termination", "")
	return p, tcp
}

// said are what everybody has said, by where that was.
type said map[string]string

// wantNone fails where a secret stands.
func (s said) wantNone(t *testing.T) {
	t.Helper()
	for _, where := range slices.Sorted(maps.Keys(s)) {
		for line := range strings.Lines(s[where]) {
			for _, canary := range canaries {
				if strings.Contains(line, canary) {
					t.Errorf("%s shows a secret: %s", where, line)
					break
				}
			}
		}
	}
}

// TestSecrets: whatever we print, in whatever way, a secret is *** there: our log in every
// format, the journal, the termination log, every command of ctl, every path of HTTP, every
// method of XML-RPC, -t. The programs have their secrets, and print them.
func TestSecrets(t *testing.T) {
	t.Parallel()
	for format, times := range map[string]string{"plain": "false", "prefix": "true", "raw": "false", "json": "true"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			p, tcp := secretive(t, format, times)
			p.start()
			p.await(&p.stderr, "missing: ")
			p.await(&p.stderr, "alive: its health check")
			p.await(&p.stderr, "hooked: post_stop")
			p.awaitFile("verdict2", "error: ") // the end may come in the middle of its next try
			p.awaitSocket()
			s := said{}
			if format == "json" {
				p.everything(s, tcp)
			}
			p.ctl(binary, "ctl", "start", "end")
			p.wantCode(7)
			s["stdout"], s["stderr"], s["journal"], s["termination log"] = p.stdout.String(), p.stderr.String(), p.read("main.log"), p.read("termination")
			s["post_stop"] = p.read("verdict") + p.read("verdict2")
			s.wantNone(t)
			for _, want := range []string{"last: ", "missing: cannot run ", "/nonexistent/***"} {
				if !strings.Contains(s["stderr"], want) {
					t.Errorf("no %q in stderr:\n%s", want, s["stderr"])
				}
			}
			if !strings.Contains(s["post_stop"], "error: ***") || !strings.Contains(s["post_stop"], "error: no ***") {
				t.Errorf("hooks have heard %q", s["post_stop"])
			}
			if format == "raw" {
				return // what programs print does not pass through us
			}
			if text := s["termination log"]; !strings.HasSuffix(text, "cannot go on with ***\n") {
				t.Errorf("the termination log says %q", text)
			}
			if text := p.read("last.log"); !strings.Contains(text, "canary-one-yranac") {
				t.Errorf("the program has printed %q", text)
			}
		})
	}
}

// everything asks in every way for all that can be asked for.
func (p *initProcess) everything(s said, tcp string) {
	p.t.Helper()
	run := func(name string, words ...string) {
		s[strings.Join(append([]string{filepath.Base(name)}, words...), " ")], _ = p.ctl(name, words...)
	}
	p.tryCheck(s)
	eventually.So(p.t, "a probe that has failed", func() bool {
		run(binary, "ctl", "status")
		return strings.Contains(s["entry-point ctl status"], "not yet ***")
	}, func() string { return s["entry-point ctl status"] })
	p.askHTTP(s, tcp, false)
	p.write("programs.conf", p.read("programs.conf")+secretMistakes)
	p.tryCheck(s)
	for _, name := range ctl.Names() {
		switch name {
		case "shutdown", "logs", "tail", "help", "completion": // the end; the programs' own; nothing of the container
			continue
		case "signal":
			run(binary, "ctl", name, "--json", "WINCH", "all")
		case "start", "restart", "stop":
			for _, json := range []string{"--json", "--no-color"} {
				run(binary, "ctl", "stop", json, "last", "missing", "folder")
				run(binary, "ctl", name, json, "last", "missing", "folder")
			}
		case "reload":
			run(binary, "ctl", name, "checked")
			run(binary, "ctl", name, "--json", "checked")
		default:
			run(binary, "ctl", name)
			run(binary, "ctl", name, "--json", "all")
		}
	}
	run(binary, "ctl", "logs", "--main", "-n", "1000")
	supervisorctl := filepath.Join(p.Dir, "supervisorctl")
	if err := os.Symlink(binary, supervisorctl); err != nil {
		p.t.Fatal(err)
	}
	for _, words := range []string{"status", "avail", "maintail -100000", "pid all", "reread", "update", "start last missing folder", "add last", "version"} {
		run(supervisorctl, append([]string{"-s", "http://" + tcp, "-u", "admin", "-p", "canary-http-yranac"}, strings.Fields(words)...)...)
	}
	p.kill(syscall.SIGHUP)
	p.await(&p.stderr, "the configuration is bad")
	p.askHTTP(s, tcp, true)
	for where, want := range map[string]string{
		"entry-point ctl reload checked": "bad ***", "entry-point ctl reread": "%(ENV_APP_PASSWORD)s", "entry-point ctl start --no-color last missing folder": "/nonexistent/***",
		"entry-point ctl events": "***", "GET /v1/programs": "***", "supervisor.getAllConfigInfo": "postgres://u:***@h/d --token=*** ***", "entry-point -t -v": "%(ENV_",
	} {
		if !strings.Contains(s[where], want) {
			p.t.Errorf("no %q in what %s says:\n%s", want, where, s[where])
		}
	}
}

// tryCheck tries the configuration out.
func (p *initProcess) tryCheck(s said) {
	for _, words := range []string{"-t", "-t -v", "-t --strict"} {
		c := exec.Command(binary, append([]string{"-c", "programs.conf"}, strings.Fields(words)...)...)
		c.Dir, c.Env = p.Dir, p.Env
		out, _ := c.CombinedOutput()
		s["entry-point "+words] += string(out)
	}
}

// askHTTP asks at every path that does not hand out what programs have printed; acts says
// whether at those that change something, too.
func (p *initProcess) askHTTP(s said, tcp string, acts bool) {
	ask := func(where, method, path, kind, body string) {
		r, err := http.NewRequest(method, "http://"+tcp+path, strings.NewReader(body))
		if err != nil {
			p.t.Fatal(err)
		}
		r.SetBasicAuth("admin", "canary-http-yranac")
		r.Header.Set("Content-Type", kind)
		r.Close = true
		res, err := http.DefaultTransport.RoundTrip(r) // no redirection is followed: its place says something, too
		if err != nil {
			p.t.Fatalf("%s: %v; stderr:\n%s", where, err, p.stderr.String())
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		s[where] += res.Header.Get("Location") + "\n" + string(text)
	}
	var rows []route.Route
	for _, more := range [][]route.Route{api.New(nil, nil).Routes(), page.Routes(nil, nil), metrics.Routes(nil)} {
		rows = append(rows, more...)
	}
	for _, row := range rows {
		if strings.HasSuffix(row.Path, "/logs") || row.Path == "/tail.html" || !acts && row.Method == "POST" {
			continue
		}
		for _, name := range []string{"last", "missing", "folder", "checked"} {
			path := strings.NewReplacer("{name}", name, "{kind}", "bad-request", "{$}", "").Replace(row.Path)
			switch {
			case path == "/" && row.Method == "POST", path == "/index.html" && row.Method == "POST":
				ask("POST "+path, "POST", path, "application/x-www-form-urlencoded", "action=start&processname="+name)
			case strings.HasSuffix(path, "/actions"):
				ask("POST "+path, "POST", path, "application/json", `[{"action":"start","name":"`+name+`"}]`)
			case strings.HasSuffix(path, "/signal"):
				ask("POST "+path, "POST", path+"?wait=true", "application/json", `{"signal":"WINCH"}`)
			case row.Method == "POST":
				ask("POST "+path, "POST", path+"?wait=true", "application/json", "")
			default:
				ask("GET "+path, "GET", path, "", "")
			}
			if path == row.Path {
				break
			}
		}
	}
	call := func(method, params string) {
		ask(method, "POST", "/RPC2", "text/xml", "<methodCall><methodName>"+method+"</methodName><params>"+params+"</params></methodCall>")
	}
	call("system.listMethods", "")
	for _, found := range regexp.MustCompile(`<string>(supervisor\.\w+)</string>`).FindAllStringSubmatch(s["system.listMethods"], -1) {
		method := found[1]
		switch name := strings.TrimPrefix(method, "supervisor."); {
		case name == "shutdown", name == "restart", name == "startAllProcesses", strings.Contains(name, "Process") && strings.Contains(name, "Log"), !acts && !strings.HasPrefix(name, "get"):
		case name == "readLog", name == "readMainLog":
			call(method, "<param><value><int>0</int></value></param><param><value><int>0</int></value></param>")
		default:
			call(method, "")
			for _, program := range []string{"last", "missing", "folder"} {
				call(method, "<param><value><string>"+program+"</string></value></param>")
			}
		}
	}
}

// TestSecretsChange: a secret that has been renewed is hidden, and so is the old one, which
// a process may still have.
func TestSecretsChange(t *testing.T) {
	t.Parallel()
	p := controlled(t, `
[entrypoint]
exit_on = never
secrets = MAIL_WORD
[program:web]
command = sh -c "echo error: $MAIL_WORD $OLD; exit 3"
autorestart = false
stdout_logfile = web.log
environment = OLD=none
`)
	p.write("mail", "canary-old-yranac\n")
	p.Env = append(p.Env, "MAIL_WORD_FILE="+filepath.Join(p.Dir, "mail"))
	p.start()
	p.await(&p.stderr, "last line: error: *** none\n")
	p.write("mail", "canary-new-yranac\n")
	p.write("programs.conf", strings.Replace(p.read("programs.conf"), "OLD=none", "OLD=canary-old-yranac", 1))
	if text, code := p.ctl(binary, "ctl", "update"); code != 0 {
		t.Fatal(text)
	}
	p.await(&p.stderr, "last line: error: *** ***\n")
	p.awaitFile("web.log", "error: canary-new-yranac canary-old-yranac\n")
	out, _ := p.ctl(binary, "ctl", "--json", "status")
	said{"stderr": p.stderr.String(), "ctl status": out}.wantNone(t)
}

// TestSecretsOfCommand: nor is one shown where a command is launched in our place.
func TestSecretsOfCommand(t *testing.T) {
	t.Parallel()
	p := prepare(t, "/nonexistent/canary-yranac")
	p.Env = append(p.Env, "APP_TOKEN=canary-yranac", "ENTRYPOINT_TERMINATION_LOG="+filepath.Join(p.Dir, "termination"))
	p.write("termination", "")
	p.start()
	p.wantCode(127)
	text := p.stderr.String() + p.read("termination")
	said{"": text}.wantNone(t)
	if strings.Count(text, `cannot run "/nonexistent/***"`) != 2 {
		t.Errorf("it says\n%s", text)
	}
}
