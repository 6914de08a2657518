package verdict

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"
)

// exited and killed are the statuses of wait(2).
func exited(code int) syscall.WaitStatus           { return syscall.WaitStatus(code << 8) }
func killed(sig syscall.Signal) syscall.WaitStatus { return syscall.WaitStatus(sig) }

// TestExplain: how, why and what was said last.
func TestExplain(t *testing.T) {
	full := &Memory{Limit: 256 << 20, Kills: 3, New: 1}
	old := &Memory{Limit: 256 << 20, Kills: 3}
	for want, f := range map[string]Facts{
		"exit code 3 after 1 min 30 s":                    {Status: exited(3)},
		"exit code 3 after 1 min 30 s; last line: b":      {Status: exited(3), Last: []string{"a", "b"}},
		"exit code 3 after 1 min 30 s; last line: b [31m": {Status: exited(3), Last: []string{"\t\x7fb\x1b[31m"}},
		"exit code 0 after 1 min 30 s":                    {Status: exited(0)},
		"exit code 0 after 1 min 30 s: it has ended by itself, which a program does not do: type = oneshot is for work that ends, and what goes to the background has to be kept in the foreground": {Status: exited(0), Early: true},
		// The error on stderr says more than what came last, there or on stdout.
		"exit code 1 after 1 min 30 s; it said: Error: no such table: users": {
			Status: exited(1), Last: []string{"ready", "Error: no such table: users", "    at run (/app/db.js:7:3)", "Node.js v18.19.0"}, Errors: 3,
		},
		"exit code 1 after 1 min 30 s; it said: django.db.utils.OperationalError: x": {
			Status: exited(1), Last: []string{"fatal: on stdout", "django.db.utils.OperationalError: x", "bye"}, Errors: 2,
		},
		"exit code 1 after 1 min 30 s; it said: [critical] on stdout": {
			Status: exited(1), Last: []string{"[critical] on stdout", "stopped", "DeprecationWarning: old"}, Errors: 1,
		},
		"exit code 1 after 1 min 30 s; last line: Error: b": {Status: exited(1), Last: []string{"Error: a", "Error: b"}, Errors: 1},
		"exit code 1 after 1 min 30 s; last line: done, no errors, 0 failures, errorless": {
			Status: exited(1), Last: []string{"terror", "done, no errors, 0 failures, errorless"}, Errors: 2,
		},
		"exit code 73 after 1 min 30 s: its pid file celerybeat.pid is left over from an earlier run (process 7 is not there): remove it before the start, or have none written; it said: ERROR: Pidfile (celerybeat.pid) already exists.": {
			Status: exited(73), Last: []string{"ERROR: Pidfile (celerybeat.pid) already exists.", "Seems we're already running? (pid: 7)"}, Errors: 2, Stale: "process 7 is not there",
		},
		"exit code 1 after 1 min 30 s: its pid file /run/g.pid says that process 12 is it; if that is another program, remove the file before the start; it said: Error: Already running on PID 12 (or pid file '/run/g.pid' is stale)": {
			Status: exited(1), Last: []string{"Error: Already running on PID 12 (or pid file '/run/g.pid' is stale)"}, Errors: 1,
		},
		"exit code 1 after 1 min 30 s: its pid file /app/tmp/pids/server.pid says that it runs; if it does not, remove the file before the start; it said: A server is already running. Check /app/tmp/pids/server.pid.": {
			Status: exited(1), Last: []string{"A server is already running. Check /app/tmp/pids/server.pid.", "Exiting"},
		},
		"exit code 1 after 1 min 30 s: by entry-point, because x": {Status: exited(1), By: "entry-point, because x"},
		"exit code 127 after 1 min 30 s: a command that it runs was not found; last line: sh: 1: gunicron: not found": {
			Status: exited(127), Last: []string{"sh: 1: gunicron: not found"},
		},
		"exit code 1 after 1 min 30 s: it got no more memory; it said: MemoryError": {
			Status: exited(1), Last: []string{"MemoryError", "bye"},
		},
		"exit code 1 after 1 min 30 s: port 80 needs root or CAP_NET_BIND_SERVICE, and it runs as user 33; last line: bind() to 0.0.0.0:80 failed (13: Permission denied)": {
			Status: exited(1), UID: 33, Last: []string{"bind() to 0.0.0.0:80 failed (13: Permission denied)"},
		},
		"exit code 1 after 1 min 30 s: permission denied for user 33; last line: open /data/x: Permission denied": {
			Status: exited(1), UID: 33, Last: []string{"open /data/x: Permission denied"},
		},
		"exit code 1 after 1 min 30 s: port 8000 is in use by python3 (process 7); last line: Address already in use": {
			Status: exited(1), Last: []string{"Address already in use"}, Wanted: Address{Port: 8000}, Holder: "python3 (process 7)",
		},
		"exit code 1 after 1 min 30 s: /run/a.sock is in use; last line: Address already in use": {
			Status: exited(1), Last: []string{"Address already in use"}, Wanted: Address{Path: "/run/a.sock"},
		},
		"exit code 1 after 1 min 30 s: the address that it wants to listen on is in use; last line: Address already in use": {
			Status: exited(1), Last: []string{"Address already in use"},
		},
		"killed by SIGKILL after 1 min 30 s: out of memory (limit 256 MiB, 3 OOM kills in this container)": {
			Status: killed(syscall.SIGKILL), Memory: full,
		},
		"exit code 137 after 1 min 30 s: out of memory (no limit of its own, so the machine's memory was full, 1 OOM kill in this container)": {
			Status: exited(137), Memory: &Memory{Kills: 1, New: 1}, // of a shell
		},
		"killed by SIGKILL after 1 min 30 s: not sent by entry-point, and no OOM kill in this container": {
			Status: killed(syscall.SIGKILL), Memory: old,
		},
		"killed by SIGKILL after 1 min 30 s: not sent by entry-point": {Status: killed(syscall.SIGKILL)},
		"killed by SIGKILL after 1 min 30 s: by the operator":         {Status: killed(syscall.SIGKILL), By: "the operator", Memory: full},
		"killed by SIGTERM after 1 min 30 s: not sent by entry-point": {Status: killed(syscall.SIGTERM), Memory: full},
	} {
		f.Up = 90 * time.Second
		v := Explain(&f)
		if got := v.Sentence(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	for _, sig := range []syscall.Signal{syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGILL, syscall.SIGFPE, syscall.SIGABRT, syscall.SIGSYS, syscall.SIGXCPU, syscall.SIGXFSZ, syscall.SIGPIPE} {
		if v := Explain(&Facts{Status: killed(sig)}); v.Why == "" || strings.Contains(v.Why, "not sent") {
			t.Errorf("%v: %q", sig, v.Why)
		}
	}
}

// TestWords: what real programs print when they cannot start, as they printed it.
func TestWords(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		why    string
		wanted Address
	}{
		"gunicorn":    {"[2026-11-27 07:00:13 +0000] [7957] [ERROR] Connection in use: ('127.0.0.1', 18099)\n[2026-11-27 07:00:14 +0000] [7957] [ERROR] Can't connect to ('127.0.0.1', 18099)", "port 18099 is in use", Address{Port: 18099}},
		"nginx":       {"2026/11/27 07:00:14 [emerg] 8283#8283: bind() to 127.0.0.1:18099 failed (98: Address already in use)\n2026/11/27 07:00:14 [emerg] 8283#8283: still could not bind()", "port 18099 is in use", Address{Port: 18099}},
		"nginx unix":  {"nginx: [emerg] bind() to unix:/run/web.sock failed (98: Address already in use)", "/run/web.sock is in use", Address{Path: "/run/web.sock"}},
		"nginx IPv6":  {"nginx: [emerg] bind() to [::]:80 failed (98: Address already in use)", "port 80 is in use", Address{Port: 80}},
		"uwsgi":       {"probably another instance of uWSGI is running on the same address (127.0.0.1:18099).\nbind(): Address already in use [core/socket.c line 769]", "port 18099 is in use", Address{Port: 18099}},
		"node":        {"node:events:502\n      throw er; // Unhandled 'error' event\nError: listen EADDRINUSE: address already in use :::18099\n    at Server.setupListenHandle [as _listen2] (node:net:1908:16)", "port 18099 is in use", Address{Port: 18099}},
		"redis":       {"8677:M 27 Nov 2026 07:00:17.731 # Warning: Could not create server TCP listening socket *:18099: bind: Address already in use\n8677:M 27 Nov 2026 07:00:17.731 # Failed listening on port 18099 (TCP), aborting.", "port 18099 is in use", Address{Port: 18099}},
		"haproxy":     {"[ALERT]    (8690) : Binding [/dev/stdin:6] for frontend a: cannot bind socket (Address already in use) for [127.0.0.1:18099]", "port 18099 is in use", Address{Port: 18099}},
		"php-fpm":     {"[27-Nov-2026 07:00:17] ERROR: unable to bind listening socket for address '127.0.0.1:18099': Address already in use (98)\n[27-Nov-2026 07:00:17] ERROR: FPM initialization failed", "port 18099 is in use", Address{Port: 18099}},
		"python":      {"Traceback (most recent call last):\n  File \"/srv/app.py\", line 1, in <module>\n    import nosuch.thing\nModuleNotFoundError: No module named 'nosuch'", "Python has no module nosuch", Address{}},
		"python -m":   {"/usr/bin/python3: No module named nosuch", "Python has no module nosuch", Address{}},
		"uwsgi app":   {"ModuleNotFoundError: No module named 'flask'\nunable to load app 0 (mountpoint='') (callable not found or import error)\nno app loaded. GAME OVER", "Python has no module flask", Address{}},
		"uvicorn":     {"ERROR:    Error loading ASGI app. Could not import module \"nosuch\".", "Python has no module nosuch", Address{}},
		"node module": {"node:internal/modules/cjs/loader:1210\n  throw err;\nError: Cannot find module 'express'\nRequire stack:\n- /srv/app.js", "Node.js has no module express", Address{}},
		"library":     {"./app: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file or directory", "there is no shared library libpq.so.5", Address{}},
		"read-only":   {"touch: cannot touch '/x': Read-only file system", "it writes where the file system is read-only", Address{}},
		"disk":        {"OSError: [Errno 28] No space left on device", "the disk is full", Address{}},
		"files":       {"accept4() failed (24: Too many open files)", "it may open no more files (rlimit_nofile)", Address{}},
		"nothing":     {"12:34:56 all is well at 10.0.0.1:8000", "", Address{}},
	} {
		f := &Facts{Status: exited(1), Last: Lines([]byte(c.text+"\n"), 20)}
		wanted, inUse := Wanted(f.Last)
		if wanted != c.wanted || inUse != (c.wanted != Address{}) {
			t.Errorf("%s: it wanted %+v (%v), want %+v", name, wanted, inUse, c.wanted)
		}
		f.Wanted = wanted
		if got := Explain(f).Why; got != c.why {
			t.Errorf("%s: %q, want %q", name, got, c.why)
		}
	}
}

// TestLeave: the last words go where Kubernetes reads them, cut to what it takes, and
// only where it has made the file.
func TestLeave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "last")
	t.Setenv("ENTRYPOINT_TERMINATION_LOG", path)
	if err := Leave("words"); err == nil {
		t.Error("it made a file")
	}
	if err := os.WriteFile(path, []byte("earlier words, which are longer"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"words": "words\n", strings.Repeat("x", 5000): strings.Repeat("x", 4095) + "\n"} {
		if err := Leave(text); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); string(got) != want || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	t.Setenv("ENTRYPOINT_TERMINATION_LOG", "")
	if err := Leave("words"); err != nil {
		t.Errorf("none is wanted: %v", err)
	}
}

// FuzzExplain: whatever a program has printed, a verdict is one line of bounded
// length that can be shown.
func FuzzExplain(f *testing.F) {
	f.Add([]byte("bind() to [::]:80 failed (98: Address already in use)\n"), uint16(1<<8))
	f.Add([]byte("Connection in use: ('', 8000)\nNo module named ''\n"), uint16(1<<8))
	f.Add([]byte("\x1b[31m\xff\x00unix: ddress already in use unix:"), uint16(127<<8))
	f.Add([]byte(strings.Repeat("ermission denied bind:1", 1000)), uint16(syscall.SIGKILL))
	f.Fuzz(func(t *testing.T, printed []byte, status uint16) {
		facts := &Facts{Status: syscall.WaitStatus(status), Last: Lines(printed, 20)}
		facts.Wanted, _ = Wanted(facts.Last)
		v := Explain(facts)
		text := v.Sentence()
		if len(text) > 4*longest || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%d bytes: %q", len(text), text)
		}
	})
}
