package ctl

import (
	"encoding/json"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/control"
)

func TestCommands(t *testing.T) {
	for _, test := range []struct {
		args   string
		world  world
		code   int
		stdout string
		stderr string
		did    string
	}{
		{args: "status", code: codeDown, did: "status", stdout: "" +
			"NAME    STATE     READY  RESTARTS  WHY\n" +
			"cat     RUNNING   yes           2  pid 1267, uptime 0:01:45; the one before: exit code 1\n" +
			"b:b_00  STOPPED   -             0  not started\n" +
			"b:b_01  BACKOFF   no            1  next start in 4s: exit code 1\n" +
			"web     STARTING  no            0  pid 9, not ready yet\n" +
			"old     EXITED    -             0  exit code 0\n" +
			"bad     FATAL     -             3  gave up after 4 starts\n"},
		{args: "status cat", stdout: "NAME  STATE    READY  RESTARTS  WHY\ncat   RUNNING  yes           2  pid 1267, uptime 0:01:45; the one before: exit code 1\n"},
		{
			args: "status", world: answering(
				&control.Answer{Program: &control.Program{FullName: "web", State: "RUNNING", Ready: true, Profile: "gunicorn", Starts: 1, Why: "w"}},
				&control.Answer{Program: &control.Program{FullName: "job", State: "RUNNING", Ready: true, Starts: 1, Why: "j"}},
			), stdout: "NAME  STATE    READY  RESTARTS  PROFILE   WHY\n" +
				"web   RUNNING  yes           0  gunicorn  w\n" +
				"job   RUNNING  yes           0  -         j\n",
		},
		{
			args: "status", world: answering(
				&control.Answer{Program: &control.Program{FullName: "nightly", State: "STOPPED", NextStart: then, Why: "w"}},
				&control.Answer{Program: &control.Program{FullName: "hourly", State: "EXITED", Starts: 1, NextStart: then, Why: "w"}},
			), stdout: "NAME     STATE    READY  RESTARTS  WHY\n" +
				"nightly  STOPPED  -             0  w\n" +
				"hourly   EXITED   -             0  w\n",
		},
		{
			args: "status", code: codeDown, world: answering(
				&control.Answer{Program: &control.Program{FullName: "hourly", State: "FATAL", Starts: 1, NextStart: then, Why: "w"}},
			), stdout: "NAME    STATE  READY  RESTARTS  WHY\nhourly  FATAL  -             0  w\n",
		},
		{args: "status nope", code: codeNoServer, stderr: "entry-point ctl: nope: no such program\n"},
		{args: "status nope old --json", code: codeDown, stdout: jsonOf(programs()[4]), stderr: "entry-point ctl: nope: no such program\n"},
		{args: "status x", world: refusing(control.NoProgram), code: codeNoServer, stderr: "entry-point ctl: the message of no-such-program\n"},
		{args: "status", world: world{shutting: true}, code: codeFailed, stderr: "entry-point ctl: the message of shutting-down\n"},
		{args: "status", world: refusing(control.NotAllowed), code: codeNoServer, stderr: "entry-point ctl: the message of " + control.NotAllowed + "\n"},

		{args: "start b:b_00 cat", stdout: "b:b_00: started\ncat: already started\n", did: "start b:b_00 cat"},
		{args: "start bad b:b_00", code: codeNotRunning, stdout: "bad: cannot be started: no luck\nb:b_00: started\n"},
		{args: "start --no-wait b:*", stdout: "b:b_00: starting\nb:b_01: starting\n"},
		{args: "start nope", code: codeFailed, stdout: "nope: no such program\n"},
		{args: "start ctat", code: codeFailed, stdout: "ctat: no such program\n", stderr: "entry-point ctl: instead of ctat, did you mean cat?\n", did: "start ctat, status"},
		{args: "status wbe", code: codeNoServer, stderr: "entry-point ctl: wbe: no such program\nentry-point ctl: instead of wbe, did you mean web?\n"},
		{args: "start bb:*", code: codeFailed, stdout: "bb:*: no such group\n", stderr: "entry-point ctl: instead of bb:*, did you mean b:*?\n"},
		{args: "start ctat --json", code: codeFailed, stdout: `{"name":"ctat","group":"","status":"no-such-program"}` + "\n", did: "start ctat"},
		{args: "start g:*", code: codeFailed, stdout: "g:*: no such group\n"},
		{args: "stop cat old", stdout: "cat: stopped\nold: not running\n"},
		{args: "stop cat --json", stdout: `{"name":"cat","group":"cat","status":"ok"}` + "\n"},
		{args: "restart cat", stdout: "cat: restarted\n", did: "restart cat"},
		{args: "signal HUP cat", stdout: "cat: signalled\n", did: "signal cat"},
		{args: "signal FOO cat", code: codeFailed, stdout: "cat: no such signal\n"},
		{args: "signal HUP old cat", code: codeNotRunning, stdout: "old: not running\ncat: signalled\n"},
		{args: "signal HUP", code: codeUsage, stderr: "entry-point ctl: signal wants SIGNAL NAME... (see entry-point ctl help)\n"},
		{args: "clear cat", stdout: "cat: cleared\n", did: "clear cat"},

		{args: "logs cat", stdout: "hello\n", did: "status cat, logs cat"},
		{args: "tail cat b:*", stdout: "cat    | hello\nb:b_00 | hello\nb:b_01 | hello\n"},
		{args: "tail", code: codeUsage, stderr: "entry-point ctl: tail wants NAME... (see entry-point ctl help)\n"},
		{args: "logs nope", code: codeFailed, stderr: "entry-point ctl: nope: no such program\n"},
		{args: "logs cat --json", stdout: `{"name":"cat","stream":"stdout","data":"aGVsbG8K"}` + "\n", did: "logs cat"},
		{args: "logs -n 0", code: codeUsage, stderr: "entry-point ctl: option --lines wants a number above 0 (see entry-point ctl help)\n"},
		{args: "logs --stream x", code: codeUsage, stderr: "entry-point ctl: option --stream: \"x\" is neither stdout nor stderr (see entry-point ctl help)\n"},
		{
			args: "events", world: answering(
				&control.Answer{Event: &control.Event{Time: then, Program: "web", From: "STARTING", To: "RUNNING", Text: "ready"}},
				&control.Answer{Lost: 3},
				&control.Answer{Event: &control.Event{Time: then, Text: "reloaded"}},
			), stdout: "2026-11-23 18:53:00  web  STARTING -> RUNNING  ready\n2026-11-23 18:53:00  reloaded\n",
			stderr: "entry-point ctl: 3 pieces were lost: they came faster than they were read\n",
		},

		{args: "pid", stdout: "77\n", did: "info"},
		{args: "pid cat", stdout: "1267\n"},
		{args: "pid cat old", code: codeNotRunning, stdout: "1267\n0\n"},
		{args: "pid nope", code: codeFailed, stderr: "entry-point ctl: nope: no such program\n"},
		{args: "health", world: world{ready: true}, stdout: "ready\n"},
		{args: "health", code: codeFailed, stdout: "not ready: waiting for web, b:b_00\n"},
		{args: "health --json", code: codeFailed, stdout: `{"ready":false,"waiting":["web","b:b_00"]}` + "\n"},
		{args: "reread", world: changed(), stdout: "new: would be added\ncat: would be restarted\nold: would be removed\n", did: "reread"},
		{args: "logs --main", stdout: "main\n", did: "logs"},
		{args: "update", world: changed(), stdout: "new: added\ncat: changed\nold: removed\n", did: "reload"},
		{args: "update", world: refusing(control.BadConfig), code: codeFailed, stderr: "entry-point ctl: the message of bad-config\n"},
		{args: "reload cat", stdout: "cat: reloaded\n", did: "reload cat"},
		{
			args: "reload", stdout: "no program has changed\n", did: "reload",
			stderr: "entry-point ctl: reload is for programs (reload NAME...); entry-point's own configuration is read again by update, which is done now\n",
		},
		{args: "shutdown", stdout: "shutting down\n", did: "shutdown"},

		{args: "", code: codeUsage, stderr: "entry-point ctl: no command given (see entry-point ctl help)\n"},
		{args: "stpo", code: codeUsage, stderr: "entry-point ctl: unknown command \"stpo\" (did you mean stop?) (see entry-point ctl help)\n"},
		{args: "health x", code: codeUsage, stderr: "entry-point ctl: health: unexpected argument \"x\" (see entry-point ctl help)\n"},
		{args: "status --nope", code: codeUsage, stderr: "entry-point ctl: unknown option --nope (see entry-point ctl help)\n"},
		{args: "status --timeout soon", code: codeUsage, stderr: "entry-point ctl: option --timeout: \"soon\" is not a time such as 9s or 1m30s (see entry-point ctl help)\n"},
		{args: "stauts", code: codeUsage, stderr: "entry-point ctl: unknown command \"stauts\" (did you mean status?) (see entry-point ctl help)\n"},
		{args: "help stauts", code: codeUsage, stderr: "entry-point ctl: unknown command \"stauts\" (did you mean status?) (see entry-point ctl help)\n"},
		{args: "zzz", code: codeUsage, stderr: "entry-point ctl: unknown command \"zzz\" (see entry-point ctl help)\n"},
		{args: "status --jsn", code: codeUsage, stderr: "entry-point ctl: unknown option --jsn (did you mean --json?) (see entry-point ctl help)\n"},
		{args: "logs -n x", code: codeUsage, stderr: "entry-point ctl: option --lines: \"x\" is not a number (see entry-point ctl help)\n"},
		{args: "logs -n 99999999999999999999", code: codeUsage, stderr: "entry-point ctl: option --lines: \"99999999999999999999\" is too large (see entry-point ctl help)\n"},
		{args: "events -n 5", code: codeUsage, stderr: "entry-point ctl: events takes no option --lines (see entry-point ctl help)\n"},
		{args: "update --no-wait", code: codeUsage, stderr: "entry-point ctl: update takes no option --no-wait (see entry-point ctl help)\n"},
		{args: "status -f", code: codeUsage, stderr: "entry-point ctl: status takes no option --follow (see entry-point ctl help)\n"},
		{args: "completion --json bash", code: codeUsage, stderr: "entry-point ctl: completion takes no option --json (see entry-point ctl help)\n"},
		{args: "status -s", code: codeUsage, stderr: "entry-point ctl: option --socket wants a value (see entry-point ctl help)\n"},
		{args: "completion tcsh", code: codeUsage, stderr: "entry-point ctl: no completion for shell \"tcsh\": there is bash, zsh and fish (see entry-point ctl help)\n"},
		{args: "help stop", stdout: "entry-point ctl stop NAME...: stop programs, and wait for their end\nOptions beside those of every command: --json, --no-wait\n"},
		{args: "help help", stdout: "entry-point ctl help [COMMAND]: print this help\n"},
	} {
		t.Run(test.args, func(t *testing.T) {
			code, stdout, stderr := ctl(&test.world, strings.Fields(test.args)...)
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			sameLines(t, "stdout", stdout, test.stdout)
			sameLines(t, "stderr", stderr, test.stderr)
			if did := test.world.did(); test.did != "" && did != test.did {
				t.Errorf("asked for %q, want %q", did, test.did)
			}
		})
	}
}

// TestOptionsOfCommands: each option is taken by a command, or by all of them; one
// that no command takes is never looked at.
func TestOptionsOfCommands(t *testing.T) {
	taken := strings.Fields(general)
	for _, known := range commands() {
		taken = append(taken, strings.Fields(known.takes)...)
	}
	var there []string
	for _, opt := range newParser(&options{}).Groups()[0].Options() {
		there = append(there, opt.LongName)
		if !slices.Contains(taken, opt.LongName) {
			t.Errorf("no command takes --%s", opt.LongName)
		}
	}
	for _, name := range taken {
		if !slices.Contains(there, name) {
			t.Errorf("a command takes --%s, which is no option", name)
		}
	}
}

// TestLongReasons: a table of all programs has the beginning of a long sentence, one
// of a program that was asked for the whole of it.
func TestLongReasons(t *testing.T) {
	why := "cannot run \"x\": not found in PATH (" + strings.Repeat("/usr/local/bin:", 20) + ")"
	all := func() *world {
		w := answering(&control.Answer{Program: &control.Program{FullName: "web", State: "FATAL", Why: why}})
		return &w
	}
	_, stdout, _ := ctl(all(), "status")
	line := strings.Split(stdout, "\n")[1]
	if len(line) > 130 || !strings.Contains(line, why[:90]) || !strings.HasSuffix(line, "...") {
		t.Errorf("status: %q", line)
	}
	if _, stdout, _ = ctl(all(), "status", "web"); !strings.Contains(stdout, why+"\n") {
		t.Errorf("status web: %q", stdout)
	}
}

func answering(answers ...*control.Answer) world {
	return world{answer: func(*control.Request) []*control.Answer { return answers }}
}

func refusing(code string) world { return answering(failure(code)...) }

func changed() world {
	return world{changes: control.Changes{
		Added: []string{"new"}, Changed: []string{"cat"}, Removed: []string{"old"},
		AddedGroups: []string{"new"}, ChangedGroups: []string{"cat"}, RemovedGroups: []string{"old"},
	}}
}

func jsonOf(object any) string {
	line, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	return string(line) + "\n"
}

// TestHelp: every command and option stands in it.
func TestHelp(t *testing.T) {
	for _, words := range [][]string{{"help"}, {"--help"}, {"status", "-h"}} {
		code, stdout, _ := ctl(&world{}, words...)
		if code != 0 {
			t.Errorf("%v: exit code %d", words, code)
		}
		for _, known := range commands() {
			if !strings.Contains(stdout, "\n  "+known.name+" ") {
				t.Errorf("%v: nothing about %s", words, known.name)
			}
		}
		if !strings.Contains(stdout, "-s, --socket PATH") || !strings.Contains(stdout, "    --no-wait") {
			t.Errorf("%v: options are missing:\n%s", words, stdout)
		}
	}
}

func TestNoServer(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{syscall.ENOENT, "entry-point ctl: no server: there is no socket \"/x.sock\" (is entry-point running, in production mode?)\n"},
		{syscall.ECONNREFUSED, "entry-point ctl: no server: nobody listens on \"/x.sock\" any more\n"},
		{syscall.EACCES, "entry-point ctl: no server: \"/x.sock\" may be used by root and by entry-point's own user only\n"},
	} {
		for _, words := range []string{"status", "stop all", "pid", "health", "logs -f", "top", "update", "shutdown", "events"} {
			code, stdout, stderr := called(nil, test.err, []string{"ENTRYPOINT_SOCKET=/x.sock"}, "", func(c *cli) int { return c.run(strings.Fields(words)) })
			if code != codeNoServer || stdout != "" || stderr != test.want {
				t.Errorf("%s: code %d, stdout %q, stderr %q", words, code, stdout, stderr)
			}
		}
	}
}

// hanging never answers, until it is closed.
type hanging struct{ closed chan struct{} }

func (h hanging) Close() error { close(h.closed); return nil }

func (h hanging) Do(*control.Request, func(*control.Answer) error) error {
	<-h.closed
	return syscall.EBADF
}

type once struct {
	hanging
	done *bool
}

func (o once) Close() error {
	if *o.done {
		return nil
	}
	*o.done = true
	return o.hanging.Close()
}

func TestTimeout(t *testing.T) {
	server := once{hanging{make(chan struct{})}, new(bool)}
	code, _, stderr := ctl(server, "health", "--timeout", "0.01")
	if code != codeFailed || stderr != "entry-point ctl: no answer within 10ms\n" {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
}

// TestTerminal: colours, and nothing that a program has chosen steers it.
func TestTerminal(t *testing.T) {
	w := answering(&control.Answer{Program: &control.Program{Name: "a\x1b[2J", FullName: "a\x1b[2J", State: "FATAL", Why: "\x9b0m"}})
	_, stdout, _ := called(&w, nil, nil, "", func(c *cli) int { c.tty = true; return c.run([]string{"status"}) })
	sameLines(t, "stdout", stdout, "\x1b[1mNAME\x1b[0m      \x1b[1mSTATE\x1b[0m  \x1b[1mREADY\x1b[0m  \x1b[1mRESTARTS\x1b[0m  \x1b[1mWHY\x1b[0m\n"+
		"a\\x1b[2J  \x1b[31mFATAL\x1b[0m  -             0  \\x9b0m\n")
	for _, env := range []string{"NO_COLOR=1", "TERM=dumb"} {
		_, stdout, _ = called(&w, nil, []string{env}, "", func(c *cli) int { c.tty = true; return c.run([]string{"status"}) })
		if strings.Contains(stdout, "\x1b") {
			t.Errorf("%s: %q", env, stdout)
		}
	}
}

// TestInterleaved: pieces of several programs become whole lines with names.
func TestInterleaved(t *testing.T) {
	piece := func(name, text string) *control.Answer {
		return &control.Answer{Log: &control.Log{Name: name, Stream: "stdout", Data: []byte(text)}}
	}
	w := world{answer: func(r *control.Request) []*control.Answer {
		if r.Do == control.DoStatus {
			return nil
		}
		return []*control.Answer{
			piece("cat", "one \x1b[31mre"), piece("b:b_00", "other\r\n"), piece("cat", "d\ntw"), piece("cat", "o\n\n"),
			piece("fresh", "\x1b]0;title\a\n"), piece("b:b_00", "no end"),
		}
	}}
	_, stdout, _ := ctl(&w, "logs", "-f", "cat", "b:b_00")
	sameLines(t, "pipe", stdout, "b:b_00 | other\ncat    | one \x1b[31mred\ncat    | two\ncat    | \nfresh  | \x1b]0;title\a\nb:b_00 | no end\n")
	_, stdout, _ = called(&w, nil, []string{"NO_COLOR=1"}, "", func(c *cli) int { c.tty = true; return c.run([]string{"logs", "cat", "b:b_00"}) })
	sameLines(t, "terminal", stdout, "b:b_00 | other\ncat    | one \x1b[31mred\x1b[0m\ncat    | two\ncat    | \nfresh  | \\x1b]0;title\\x07\nb:b_00 | no end\n")
	_, stdout, _ = called(&w, nil, nil, "", func(c *cli) int { c.tty = true; return c.run([]string{"logs", "cat", "b:b_00"}) })
	if !strings.HasPrefix(stdout, "\x1b[33mb:b_00 | \x1b[0mother\n\x1b[36mcat    | \x1b[0mone ") {
		t.Errorf("colours: %q", stdout)
	}
}

func TestSocketPath(t *testing.T) {
	if got := socketPath("/a", []string{"ENTRYPOINT_SOCKET=/b"}); got != "/a" {
		t.Error(got)
	}
	if got := socketPath("", []string{"ENTRYPOINT_SOCKET=/b", "ENTRYPOINT_SOCKET=/c"}); got != "/c" {
		t.Error(got)
	}
	if got := socketPath("", nil); got != "" {
		t.Error(got)
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{"2": 2 * time.Second, "0.5": 500 * time.Millisecond, "1m": time.Minute, "0": 0, "-1s": 0, "x": 0} {
		var d duration
		if err := d.UnmarshalFlag(text); time.Duration(d) != want || (err == nil) != (want != 0) {
			t.Errorf("%s: %v, %v", text, d, err)
		}
	}
}
