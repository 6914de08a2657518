package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// logLine is a line of a container with log_format = json.
type logLine struct {
	Time, Program, Stream string
	Message               any
	Verdict               *struct {
		Program, Signal, Cause string
		LastLine               string  `json:"last_line"`
		ExitCode               int     `json:"exit_code"`
		Seconds                float64 `json:"seconds"`
		Tries                  int
	}
}

// objects are the lines of both streams, all of which must be objects, as jq wants them.
func (p *initProcess) objects() (all []logLine) {
	p.t.Helper()
	for stream, text := range map[string]string{"stdout": p.stdout.String(), "stderr": p.stderr.String()} {
		for line := range strings.Lines(text) {
			l := logLine{}
			if err := json.Unmarshal([]byte(line), &l); err != nil || l.Time == "" || l.Program == "" || l.Stream != stream || l.Message == nil {
				p.t.Errorf("%s has a line that is none of log_format = json (%v):\n%s", stream, err, line)
			}
			all = append(all, l)
		}
	}
	return all
}

// wantObject fails unless a program has printed a line with that text, and returns it.
func (p *initProcess) wantObject(program, stream, text string) (found logLine) {
	p.t.Helper()
	for _, l := range p.objects() {
		if message, _ := l.Message.(string); l.Program == program && l.Stream == stream && strings.Contains(message, text) {
			return l
		}
	}
	p.t.Errorf("%s has not printed %q to %s; stdout:\n%sstderr:\n%s", program, text, stream, p.stdout.String(), p.stderr.String())
	return found
}

// TestAllIsJSON: with log_format = json every line of the container is an object: those of the
// programs, ours, the wait for other servers, what the gateway prints when it crashes, and
// the verdict, with its facts.
func TestAllIsJSON(t *testing.T) {
	t.Parallel()
	p := controlled(t, `
[entrypoint]
log_format = json
wait_for = file:there
[unix_http_server]
file = %(here)s/http.sock
[program:web]
command = sh -c "echo web is here; exec sleep 1000"
[program:app]
command = sh -c "while [ ! -e broken ]; do sleep 0.05; done; echo No module named flusk >&2; exit 3"
startsecs = 1000
startretries = 0
autorestart = false
`)
	p.start()
	p.await(&p.stderr, "waiting for file:there")
	p.write("there", "")
	p.await(&p.stdout, "web is here")
	p.awaitSocketFile(filepath.Join(p.Dir, "http.sock"))
	p.wantHealth(filepath.Join(p.Dir, "http.sock"))
	gateway, err := strconv.Atoi(p.awaitGateways(1)[0])
	if err == nil {
		err = syscall.Kill(gateway, syscall.SIGQUIT)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.await(&p.stderr, "goroutine 1 ")
	p.write("broken", "")
	p.wantCode(3)
	p.wantObject("entry-point", "stdout", "Running app in production mode!")
	p.wantObject("entry-point", "stderr", "waiting for file:there: it does not exist")
	p.wantObject("entry-point-gateway", "stderr", "SIGQUIT: quit")
	p.wantObject("web", "stdout", "web is here")
	last := p.wantObject("entry-point", "stderr", "app: exit code 3 after ")
	if v := last.Verdict; v == nil || v.Program != "app" || v.ExitCode != 3 || v.Cause != "Python has no module flusk" || v.Seconds == 0 {
		t.Errorf("the verdict is %+v; stderr:\n%s", v, p.stderr.String())
	}
}

// TestAllIsJSONElsewhere: so is every line of the setup and its tools, of debug mode, of a
// command that cannot be run, and of a configuration that is wrong.
func TestAllIsJSONElsewhere(t *testing.T) {
	t.Parallel()
	run := func(code int, files map[string]string, env string, args ...string) *initProcess {
		t.Helper()
		p := prepare(t, args...)
		for name, text := range files {
			p.write(name, text)
		}
		bin := t.TempDir()
		npm := "#!/bin/sh\necho to stdout; printf 'no end' >&2; exit 9\n"
		if err := os.WriteFile(filepath.Join(bin, "npm"), []byte(npm), 0o755); err != nil {
			t.Fatal(err)
		}
		p.Env = append(p.Env, "PATH="+bin+":/usr/bin:/bin", env)
		p.start().wantCode(code)
		return p
	}
	verdict := func(p *initProcess, text string, code int) {
		t.Helper()
		if l := p.wantObject("entry-point", "stderr", text); l.Verdict == nil || l.Verdict.ExitCode != code || l.Verdict.Cause == "" {
			t.Errorf("the verdict is %+v; stderr:\n%s", l.Verdict, p.stderr.String())
		}
	}
	const conf = "[entrypoint]\nlog_format = json\n[program:a]\ncommand = true\n"

	p := run(9, map[string]string{"entry-point.conf": conf, "package.json": "{}", "debug1": ""}, "A=b", "-v")
	p.wantObject("setup", "stdout", "to stdout")
	p.wantObject("setup", "stdout", "no end")
	if strings.Contains(p.stdout.String(), "no endto stdout") { // of the next attempt
		t.Errorf("a line begins in the middle of another one:\n%s", p.stdout.String())
	}
	p.wantObject("entry-point", "stderr", "it is ignored, and -d would write one for here")
	verdict(p, "cannot install package.json: npm exited with 9", 9)

	p = run(0, nil, "ENTRYPOINT_LOG_FORMAT=json", "-d", "--", "true")
	p.wantObject("entry-point", "stdout", "Running app in debug mode!")

	p = run(127, nil, "ENTRYPOINT_LOG_FORMAT=json", "no-such-command")
	verdict(p, `cannot run "no-such-command": not found in PATH`, 127)

	p = run(78, map[string]string{"entry-point.conf": conf + "startsecs = x\n"}, "A=b")
	verdict(p, "startsecs: ", 78)
}

// TestTimestamps: our own lines have the time in front, if that is asked for, those of
// the wait for other servers as well; what a program prints is left as it is.
func TestTimestamps(t *testing.T) {
	t.Parallel()
	p := prepare(t)
	p.write("entry-point.conf", "[entrypoint]\nlog_timestamps = on\nwait_for = file:none\nwait_timeout = 50ms\n[program:a]\ncommand = true\n")
	p.start().wantCode(75)
	line := regexp.MustCompile(`^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z entry-point: [^\n]+\n$`)
	lines := 0
	for text := range strings.Lines(p.stderr.String()) {
		if lines++; !line.MatchString(text) || strings.Count(text, "entry-point: ") != 1 {
			t.Errorf("no time and one prefix: %q", text)
		}
	}
	if lines == 0 || !strings.Contains(p.stderr.String(), "no answer within 50ms") {
		t.Errorf("stderr:\n%s", p.stderr.String())
	}

	p = prepare(t, "-d", "--", "echo", "plain")
	p.Env = append(p.Env, "ENTRYPOINT_LOG_TIMESTAMPS=on")
	p.start().wantCode(0)
	if said := p.stdout.String(); !regexp.MustCompile(`^20[^ ]+Z Running app in debug mode!\nplain\n$`).MatchString(said) {
		t.Errorf("stdout: %q", said)
	}
}
