package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestVerdicts provokes each kind of bad end for real: the log, the events, the
// state and the termination log of Kubernetes say why in one sentence.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config string
		files  map[string]string
		say    string // regular expression, of the container's last words
		code   int
	}{
		"missing module": {
			config: "command = /usr/bin/python3 app.py", files: map[string]string{"app.py": "import nosuch.thing\n"},
			say: `app: exit code 1 after \S+: Python has no module nosuch$`, code: 1,
		},
		"its own words": {
			config: `command = sh -c "echo all is well; echo no such table: users >&2; exit 3"`,
			say:    `app: exit code 3 after \S+; last line: no such table: users$`, code: 3,
		},
		"nothing passes through us": {
			config: "command = sh -c \"echo no such table: users >&2; exit 3\"\n[entrypoint]\nlog_format = raw",
			say:    `app: exit code 3 after \S+$`, code: 3,
		},
		"segmentation fault": {
			config: `command = sh -c "kill -SEGV $$"`,
			say:    `app: killed by SIGSEGV after \S+: a segmentation fault, a mistake in the program or in a native library that it uses$`, code: 139,
		},
		"killed from outside": {
			config: `command = sh -c "kill -KILL $$"`,
			say:    `app: killed by SIGKILL after \S+: not sent by entry-point(, and no OOM kill in this container)?$`, code: 137,
		},
		"not found": {
			config: "command = gunicron app:app",
			say:    `app: cannot run "gunicron": not found in PATH \(/\S+\)$`, code: 127,
		},
		"no such file": {
			config: "command = ./run.sh",
			say:    `app: cannot run "./run.sh": no such file or directory$`, code: 127,
		},
		"not executable": {
			config: "command = ./run.sh", files: map[string]string{"run.sh": "#!/bin/sh\n"},
			say: `app: cannot run "./run.sh": permission denied \(its mode is 0644: chmod \+x\)$`, code: 126,
		},
		"interpreter": {
			config: "command = ./run", files: map[string]string{"+run": "#!/usr/bin/pyhton3\n"},
			say: `app: cannot run "./run": .*/usr/bin/pyhton3.*`, code: 127,
		},
		"line ends": {
			config: "command = ./run", files: map[string]string{"+run": "#!/bin/sh\r\necho\r\n"},
			say: `app: cannot run "./run": .*(CRLF|carriage return|Windows).*`, code: 127,
		},
		"architecture": {
			config: "command = ./run", files: map[string]string{"+run": foreign(t)},
			say: `app: cannot run "./run": .*(riscv|RISC-V).*`, code: 126,
		},
		"permission": {
			config: "user = nobody\ncommand = /usr/bin/python3 -c \"open('/etc/shadow')\"",
			say:    `app: exit code 1 after \S+: permission denied for user 65534; .*'/etc/shadow'$`, code: 1,
		},
		"privileged port": {
			config: "user = nobody\ncapabilities = none\ncommand = nginx -c {DIR}/nginx.conf -e stderr", files: map[string]string{"nginx.conf": "pid {DIR}/pid; events {} http { access_log off; client_body_temp_path {DIR}/b; proxy_temp_path {DIR}/p; fastcgi_temp_path {DIR}/f; uwsgi_temp_path {DIR}/u; scgi_temp_path {DIR}/s; server { listen 127.0.0.1:87; } }\n"},
			say: `app: exit code 1 after \S+: port 87 needs root or CAP_NET_BIND_SERVICE, and it runs as user 65534.*`, code: 1,
		},
		// The id is that of another process in each new container.
		"left-over pid file": {
			config: "command = /usr/bin/python3 -m celery -A tasks beat --pidfile=beat.pid",
			files:  map[string]string{"tasks.py": "import celery\napp = celery.Celery('t', broker='memory://')\n", "beat.pid": "1\n"},
			say:    `app: exit code 73 after \S+: its pid file beat.pid is left over from an earlier run \(process 1 is entry-point\): .*; it said: ERROR: Pidfile \(beat.pid\) already exists.$`, code: 73,
		},
		"ends at once": {
			config: "command = true",
			say:    `app: exit code 0 after \S+: it has ended by itself, which a program does not do: type = oneshot is for work that ends, .*`, code: 1,
		},
		"read-only": {
			config: `command = sh -c "mount -t tmpfs -o ro none /mnt && touch /mnt/x"`,
			say:    `app: exit code 1 after \S+: it writes where the file system is read-only.*`, code: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := prepare(t)
			for _, dir := range []string{p.Dir, filepath.Dir(p.Dir)} { // for those who are nobody
				if err := os.Chmod(dir, 0o777); err != nil {
					t.Fatal(err)
				}
			}
			for file, text := range c.files {
				mode := os.FileMode(0o644)
				if rest, ok := strings.CutPrefix(file, "+"); ok {
					file, mode = rest, 0o755
				}
				if err := os.WriteFile(filepath.Join(p.Dir, file), []byte(strings.ReplaceAll(text, "{DIR}", p.Dir)), mode); err != nil {
					t.Fatal(err)
				}
			}
			p.write("supervisord.conf", "[program:app]\nstartsecs = 60\nstartretries = 0\n"+strings.ReplaceAll(c.config, "{DIR}", p.Dir)+"\n")
			p.write("last", "")
			p.Env = append(p.Env, "ENTRYPOINT_TERMINATION_LOG="+p.Dir+"/last", "ENTRYPOINT_SOCKET=none")
			p.start()
			p.wantCode(c.code)
			lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
			last, ok := strings.CutPrefix(lines[len(lines)-1], "entry-point: ")
			if !regexp.MustCompile("^"+c.say).MatchString(last) || !ok {
				t.Errorf("last words: %s\nwant %s\nstderr:\n%s", last, c.say, p.stderr.String())
			}
			if left := strings.TrimSpace(p.read("last")); left != last {
				t.Errorf("left for Kubernetes: %q, and said: %q", left, last)
			}
		})
	}
}

// TestStatusSaysWhy: the words of a verdict are in the status, also of a program that
// has been started again, and in what is asked of it.
func TestStatusSaysWhy(t *testing.T) {
	t.Parallel()
	p := controlled(t, `
[entrypoint]
exit_on = never
[program:bad]
command = sh -c "echo no such table: users >&2; exit 3"
startsecs = 30
startretries = 0
[program:again]
command = sh -c "test -e there && `+loop+`; touch there; echo first time >&2; exit 4"
`)
	p.start()
	p.await(&p.stderr, "bad: exit code 3")
	p.await(&p.stderr, "again: running")
	for args, want := range map[string]string{
		"status bad":       `FATAL .* given up: exit code 3 after \S+; last line: no such table: users`,
		"status again":     `RUNNING .*; the one before: exit code 4 after \S+; last line: first time`,
		"signal HUP bad":   `^bad: not running\n$`,
		"signal HUP never": `^never: no such program\n$`,
		"events":           `  again  STARTING -> BACKOFF  exit code 4 after [^;]*; next start in [^;]*; last line: first time\n`,
	} {
		if got, _ := p.ctl(binary, append([]string{"ctl"}, strings.Fields(args)...)...); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("ctl %s: %s\nwant %s", args, got, want)
		}
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// foreign is a program of another architecture: the header of one.
func foreign(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	header := append([]byte{}, text[:4096]...)
	header[18], header[19] = 0xf3, 0 // EM_RISCV
	return string(header)
}

// TestPortInUse names who has the port.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	tcp, _ := freeAddress(t, "tcp")
	_, port, _ := strings.Cut(tcp, ":")
	p := controlled(t, `
[program:first]
command = /usr/bin/python3 -m http.server -b 127.0.0.1 `+port+`
ready = tcp:127.0.0.1:`+port+`
startsecs = 0
[program:second]
command = /usr/bin/python3 -m http.server -b 127.0.0.1 `+port+`
depends_on = first
ready = tcp:127.0.0.1:`+port+`
startsecs = 60
startretries = 0
`) // however long Python takes on a busy machine, it has not been up
	p.withProc()
	p.start()
	p.wantCode(1)
	want := regexp.MustCompile(`second: exit code 1 after \S+: port ` + port + ` is in use by python3 \(process \d+, of program first\)`)
	if !want.MatchString(p.stderr.String()) {
		t.Errorf("no %s in:\n%s", want, p.stderr.String())
	}
}

// TestWhoEndedIt: the operator, or we.
func TestWhoEndedIt(t *testing.T) {
	t.Parallel()
	p := controlled(t, `
[program:app]
command = sh -c "trap '' TERM; echo up; `+loop+`"
startsecs = 0
stopwaitsecs = 1
`)
	p.start()
	p.await(&p.stdout, "up")
	p.ctl(binary, "ctl", "signal", "KILL", "app")
	p.await(&p.stderr, "app: killed by SIGKILL after")
	p.await(&p.stderr, "by root from outside of the container (ctl), who sent SIGKILL")
	p.awaitTimes(&p.stdout, "up", 2)
	if text, _ := p.ctl(binary, "ctl", "events"); !strings.Contains(text, "by root from outside of the container (ctl), who sent SIGKILL") {
		t.Errorf("events:\n%s", text)
	}
	if text, _ := p.ctl(binary, "ctl", "status", "--json"); !strings.Contains(text, `"verdict":"app: killed by SIGKILL`) {
		t.Errorf("status:\n%s", text)
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(137)
	p.await(&p.stderr, "by entry-point, it had not ended 1s after SIGTERM, because the container was asked to end")
}

// TestVerdictOfACommand: launch mode says it, too.
func TestVerdictOfACommand(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"kill -SEGV $$": `killed by SIGSEGV after \S+: a segmentation fault`,
		"kill -KILL $$": `killed by SIGKILL after \S+: not sent by entry-point`,
	} {
		p := prepare(t, "sh", "-c", script)
		p.write("last", "")
		p.Env = append(p.Env, "ENTRYPOINT_TERMINATION_LOG="+p.Dir+"/last")
		p.start()
		p.code()
		for _, text := range []string{p.stderr.String(), p.read("last")} {
			if !regexp.MustCompile(want).MatchString(text) {
				t.Errorf("%s: %q, want %s", script, text, want)
			}
		}
	}
}
