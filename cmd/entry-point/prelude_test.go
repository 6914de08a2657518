package main_test

import (
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/eventually"
)

// TestPreludeIsSeen: while the prelude takes long, ctl says what it does; afterwards how
// long that has taken.
func TestPreludeIsSeen(t *testing.T) {
	t.Parallel()
	p := controlled(t, "[entrypoint]\nwait_for = file:there\nprelude_skip = hooks\n[program:web]\ncommand = sleep 1000\nstartsecs = 0\n")
	p.start()
	p.awaitSocketFile(p.socket())
	for words, want := range map[string]string{
		"info":   "STARTING since ",
		"health": "not ready: waiting for the prelude, where wait_for runs for ",
		"status": "no program has been started yet: entry-point is in the prelude, where wait_for runs for ",
	} {
		if text, _ := p.ctl(binary, "ctl", words); !strings.Contains(text, want) {
			t.Errorf("ctl %s: %s", words, text)
		}
	}
	if text, _ := p.ctl(binary, "ctl", "info"); !strings.Contains(text, "STEP      TIME") || !strings.HasSuffix(text, "running\n") {
		t.Error(text)
	}
	p.write("there", "")
	eventually.So(t, "the program", func() bool { _, code := p.ctl(binary, "ctl", "status"); return code == 0 }, p.stderr.String)
	text, _ := p.ctl(binary, "ctl", "info", "--json")
	if want := `"result":"done"`; !strings.Contains(text, `{"name":"wait_for",`+want) || !strings.Contains(text, `{"name":"hooks","result":"skipped","seconds":0}`) || !strings.Contains(text, `"state":"RUNNING"`) {
		t.Error(text)
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if said := p.stderr.String(); !strings.Contains(said, "hooks: skipped, as prelude_skip says\n") {
		t.Error(said)
	}
}

// TestPreludeFails: the last words name the step, also for Kubernetes, and nothing of the
// control socket is left.
func TestPreludeFails(t *testing.T) {
	t.Parallel()
	p := waiting(t, "file:none", "ENTRYPOINT_WAIT_TIMEOUT=800ms", "ENTRYPOINT_TERMINATION_LOG=last")
	p.Env = append(p.Env, "ENTRYPOINT_SOCKET="+p.socket())
	p.write("last", "")
	p.start()
	p.wantCode(75)
	if last := p.read("last"); !strings.HasPrefix(last, "wait_for: ") {
		t.Errorf("%q", last)
	}
	if exists(p.socket()) {
		t.Error("the control socket is left")
	}
}

// TestPreludeOfCommand: a command has a prelude only if somebody says so, and then it has
// all of it.
func TestPreludeOfCommand(t *testing.T) {
	t.Parallel()
	const file = "wait_for = file:none\nwait_timeout = 100ms\n[program:a]\ncommand = sleep 1000\n"
	for _, test := range []struct {
		name, conf string
		args, env  []string
		code       int
	}{
		{"a command", "[entrypoint]\n" + file, []string{"true"}, nil, 0},
		{"ENTRYPOINT_PRELUDE", "[entrypoint]\n" + file, []string{"true"}, []string{"ENTRYPOINT_PRELUDE=all"}, 75},
		{"prelude_for", "[entrypoint]\nprelude_for = all\n" + file, []string{"true"}, nil, 75},
		{"the environment wins", "[entrypoint]\nprelude_for = all\n" + file, []string{"true"}, []string{"ENTRYPOINT_PRELUDE=off"}, 0},
		{"a step less", "[entrypoint]\nprelude_for = all\n" + file, []string{"true"}, []string{"ENTRYPOINT_PRELUDE_SKIP=wait_for"}, 0},
		{"not in debug mode", "[entrypoint]\nprelude_for = production\n" + file, []string{"-d", "--", "true"}, nil, 0},
		{"in debug mode", "[entrypoint]\n" + file, []string{"-d", "--", "true"}, nil, 75},
		{"unknown mode", "[entrypoint]\nprelude_for = comands\n" + file, []string{"true"}, nil, 78},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := prepare(t, test.args...)
			p.write("entry-point.conf", test.conf)
			p.Env = append(p.Env, test.env...)
			p.start()
			p.wantCode(test.code)
		})
	}
}

// TestPreludeOff: without a prelude production mode starts at once, and has nothing to
// tell.
func TestPreludeOff(t *testing.T) {
	t.Parallel()
	p := waiting(t, "file:none", "ENTRYPOINT_PRELUDE=off")
	p.start()
	p.await(&p.stdout, "the web is here")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestPreludeExplained: -t says what the steps would do, and does not do it.
func TestPreludeExplained(t *testing.T) {
	t.Parallel()
	conf := map[string]string{"programs.conf": "[entrypoint]\nwait_for = redis://:secret@cache file:none\n[program:web]\ncommand = sleep 1000\n", "requirements.txt": "flask\n"}
	p := configured(t, conf, "-t", "--strict")
	p.start()
	p.wantCode(0)
	said := p.stderr.String()
	for _, want := range []string{
		"before the start: wait_for: waits for redis://@cache\n", "before the start: wait_for: waits for file:none\n",
		"before the start: setup: installs what is declared and not installed yet\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in\n%s", want, said)
		}
	}
	p = configured(t, conf, "-t")
	p.Env = append(p.Env, "ENTRYPOINT_PRELUDE_SKIP=setup, wait-for")
	p.start()
	p.wantCode(78)
	if said := p.stderr.String(); !strings.Contains(said, `ENTRYPOINT_PRELUDE_SKIP: "wait-for" is no step of the prelude: they are secrets, `) || !strings.Contains(said, "(did you mean wait_for?)") {
		t.Error(said)
	}
}
