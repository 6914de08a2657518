package main_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config/address/unused"
	"entrypoint/supervisor/eventually"
)

// configured makes entry-point as PID 1 with files in its working directory;
// programs.conf is its configuration. Start it with start.
func configured(t *testing.T, files map[string]string, args ...string) *initProcess {
	t.Helper()
	p := prepare(t, append([]string{"-c", "programs.conf"}, args...)...)
	for name, text := range files {
		p.write(name, text)
	}
	return p
}

// write writes a file of its working directory.
func (p *initProcess) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.Dir, name), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// read returns a file of its working directory, "" if there is none.
func (p *initProcess) read(name string) string {
	data, _ := os.ReadFile(filepath.Join(p.Dir, name))
	return string(data)
}

// awaitFile waits until text stands in a file of its working directory.
func (p *initProcess) awaitFile(name, text string) {
	p.t.Helper()
	eventually.So(p.t, fmt.Sprintf("%q in %s", text, name), func() bool { return strings.Contains(p.read(name), text) },
		func() string { return p.read(name) + "\nstderr:\n" + p.stderr.String() })
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	p := configured(t, map[string]string{"programs.conf": `
[entrypoint]
log_format = prefix
[program:web]
command = sh -c "echo hello; printf 'no newline'"
autorestart = false
startsecs = 0
[program:worker]
command = sh -c "echo problem >&2"
autorestart = false
startsecs = 0
`}).start()
	p.wantCode(0)
	out, err := p.stdout.String(), p.stderr.String()
	if !strings.Contains(out, "web    | hello\nweb    | no newline\n") || !strings.Contains(err, "worker | problem\n") {
		t.Errorf("stdout:\n%sstderr:\n%s", out, err)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	p := configured(t, map[string]string{"programs.conf": `
[program:web]
command = sh -c 'echo "a \"quote\""; echo "{\"level\":\"info\"}"'
autorestart = false
startsecs = 0
`})
	p.Env = append(p.Env, "ENTRYPOINT_LOG_FORMAT=json")
	p.start().wantCode(0)
	out := p.stdout.String()
	for _, want := range []string{`"program":"web","stream":"stdout","pid":`, `"message":"a \"quote\""}`, `"message":{"level":"info"}}`} {
		if !strings.Contains(out, want) {
			t.Errorf("stdout lacks %s:\n%s", want, out)
		}
	}
}

// TestUserOpensStdout: a program with a user of its own opens /dev/stdout and
// /dev/stderr itself, in every format, and has none of root's groups.
func TestUserOpensStdout(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"plain", "raw", "prefix", "json"} {
		t.Run(format, func(t *testing.T) {
			p := configured(t, map[string]string{"programs.conf": `
[entrypoint]
log_format = ` + format + `
[program:web]
command = sh -c 'echo "I am $(id -u):$(id -g) of $(id -G)" > /dev/stdout && echo fine > /dev/stderr'
user = 12345:54321
autorestart = false
startsecs = 0
`}).start()
			p.wantCode(0)
			if !strings.Contains(p.stdout.String(), "I am 12345:54321 of 54321") || !strings.Contains(p.stderr.String(), "fine") {
				t.Errorf("stdout:\n%sstderr:\n%s", p.stdout.String(), p.stderr.String())
			}
		})
	}
}

// TestLogFiles: files, their rotation, one file for both streams, AUTO, and a
// line that comes last without a newline.
func TestLogFiles(t *testing.T) {
	t.Parallel()
	p := configured(t, map[string]string{"programs.conf": `
[supervisord]
childlogdir = %(here)s
[program:web]
command = sh -c "i=0; while [ $i -lt 1000 ]; do echo line $i; i=$((i+1)); done; printf end >&2"
stdout_logfile = %(here)s/web.log
stdout_logfile_maxbytes = 1KB
stdout_logfile_backups = 100
redirect_stderr = true
autorestart = false
startsecs = 0
[program:auto]
command = echo here
stdout_logfile = AUTO
autorestart = false
startsecs = 0
[program:quiet]
command = echo nowhere
stdout_logfile = NONE
autorestart = false
startsecs = 0
`}).start()
	p.wantCode(0)
	files, err := filepath.Glob(filepath.Join(p.Dir, "web.log*"))
	if err != nil || len(files) < 9 {
		t.Fatalf("files %v, %v", files, err)
	}
	all := ""
	for i := len(files) - 1; i >= 0; i-- {
		name := "web.log." + itoa(i)
		if i == 0 {
			name = "web.log"
		}
		text := p.read(name)
		if len(text) > 1024 || i > 0 && !strings.HasSuffix(text, "\n") {
			t.Errorf("%s has %d bytes and ends in %q", name, len(text), text[max(0, len(text)-5):])
		}
		all += text
	}
	want := ""
	for i := range 1000 {
		want += "line " + itoa(i) + "\n"
	}
	if all != want+"end" {
		t.Errorf("%d bytes in all, want %d", len(all), len(want)+3)
	}
	if auto, _ := filepath.Glob(filepath.Join(p.Dir, "auto-stdout---supervisor-*.log")); len(auto) != 1 || p.read(filepath.Base(auto[0])) != "here\n" {
		t.Errorf("AUTO files: %v", auto)
	}
	if out := p.stdout.String(); strings.Contains(out, "here") {
		t.Errorf("stdout:\n%s", out)
	}
}

// TestReloadForReal: HUP starts, restarts and stops what differs in the file, and
// a bad file changes nothing.
func TestReloadForReal(t *testing.T) {
	t.Parallel()
	const program = "[program:%s]\ncommand = sh -c \"trap 'echo %s ends; exit 0' TERM; echo %s up $A; " + loop + "\"\n"
	section := func(name string) string { return strings.ReplaceAll(program, "%s", name) }
	p := configured(t, map[string]string{"programs.conf": section("same") + section("old") + section("changed")}).start()
	for _, name := range []string{"same", "old", "changed"} {
		p.await(&p.stdout, name+" up")
	}
	p.write("programs.conf", section("same")+section("changed")+"environment = A=2\n"+section("new")+"[program:bad]\ncommand = x\nstartsecs = soon\n")
	p.kill(syscall.SIGHUP)
	p.await(&p.stderr, "programs.conf:10: [program:bad] startsecs:")
	p.await(&p.stderr, "the configuration is bad, so everything stays as it is")
	if out := p.stdout.String(); strings.Contains(out, "ends") || strings.Contains(out, "new up") {
		t.Fatalf("a bad file did something:\n%s", out)
	}
	p.write("programs.conf", "; a line more\n"+section("same")+section("changed")+"environment = A=2\n"+section("new"))
	p.kill(syscall.SIGHUP)
	p.await(&p.stdout, "old ends")
	p.await(&p.stdout, "changed up 2")
	p.await(&p.stdout, "new up")
	p.await(&p.stderr, "added new; changed changed; removed old")
	p.await(&p.stderr, "old: removed")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if out := p.stdout.String(); strings.Count(out, "same up") != 1 || strings.Count(out, "old up") != 1 || strings.Count(out, "changed up") != 2 {
		t.Errorf("stdout:\n%s", out)
	}
}

// TestReopen: USR2 opens a log file again that has been moved away, as logrotate
// does it.
func TestReopen(t *testing.T) {
	t.Parallel()
	p := configured(t, map[string]string{"programs.conf": `
[program:web]
command = sh -c "trap 'echo after' USR1; echo before; ` + loop + `"
stdout_logfile = %(here)s/web.log
stdout_logfile_maxbytes = 0
[entrypoint]
signal_map = USR1 = web:USR1
`}).start()
	p.awaitFile("web.log", "before\n")
	if err := os.Rename(filepath.Join(p.Dir, "web.log"), filepath.Join(p.Dir, "moved.log")); err != nil {
		t.Fatal(err)
	}
	p.kill(syscall.SIGUSR2)
	eventually.So(t, "the log file is opened again", func() bool {
		_, err := os.Stat(filepath.Join(p.Dir, "web.log"))
		return err == nil
	}, p.stderr.String)
	p.kill(syscall.SIGUSR1)
	p.awaitFile("web.log", "after\n")
	if got := p.read("moved.log"); got != "before\n" {
		t.Errorf("the moved file holds %q", got)
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestProcesses: numprocs, groups and what the programs are told of themselves.
func TestProcesses(t *testing.T) {
	t.Parallel()
	p := configured(t, map[string]string{"programs.conf": `
[group:all]
programs = worker
[program:worker]
command = sh -c "echo $SUPERVISOR_GROUP_NAME:$SUPERVISOR_PROCESS_NAME $SUPERVISOR_ENABLED %(process_num)d $N"
process_name = %(program_name)s_%(process_num)02d
numprocs = 3
numprocs_start = 5
environment = N="%(process_num)d"
autorestart = false
startsecs = 0
`}).start()
	p.wantCode(0)
	for _, want := range []string{"all:worker_05 1 5 5\n", "all:worker_06 1 6 6\n", "all:worker_07 1 7 7\n"} {
		if !strings.Contains(p.stdout.String(), want) {
			t.Errorf("stdout lacks %q:\n%s", want, p.stdout.String())
		}
	}
}

// TestLimits: what a program is given is there at its first instruction.
func TestLimits(t *testing.T) {
	t.Parallel()
	p := configured(t, map[string]string{"programs.conf": `
[program:web]
command = sh -c "echo nofile $(ulimit -Sn) $(ulimit -Hn) core $(ulimit -c) umask $(umask) nice $(nice) oom $(cat /proc/self/oom_score_adj); grep -E '^(NoNewPrivs|CapEff)' /proc/self/status"
rlimit_nofile = 1000:2000
rlimit_core = 0
umask = 027
nice = 5
oom_score_adj = 300
no_new_privs = true
capabilities = CHOWN, NET_BIND_SERVICE
autorestart = false
startsecs = 0
`}).start()
	p.wantCode(0)
	for _, want := range []string{"nofile 1000 2000 core 0 umask 0027 nice 5 oom 300\n", "NoNewPrivs:\t1\n", "CapEff:\t0000000000000401\n"} {
		if !strings.Contains(p.stdout.String(), want) {
			t.Errorf("stdout lacks %q:\n%sstderr:\n%s", want, p.stdout.String(), p.stderr.String())
		}
	}
}

// TestDescriptors: programs get the limit of descriptors that they need, and not
// one that they would loop over. Few machines let a test set 2^30: for the others
// supervisor/process tests what becomes of it, and the first case here the way.
func TestDescriptors(t *testing.T) {
	t.Parallel()
	const program = "[program:a]\ncommand = sh -c 'ulimit -Sn'\nautorestart = false\nstartsecs = 0\n"
	for _, tt := range []struct{ name, limits, config, want string }{
		{"raised", "ulimit -Sn 300 && ulimit -Hn 9000", "[supervisord]\nminfds = 8000\n", "9000"},
		{"cut", "ulimit -Hn 1073741816 && ulimit -Sn 1073741816", "", "65536"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := configured(t, map[string]string{"programs.conf": tt.config + program})
			p.Path = "/bin/sh"
			p.Args = []string{"sh", "-c", tt.limits + ` && exec "$0" -c programs.conf`, binary}
			p.start()
			code := p.code()
			if tt.name == "cut" && strings.Contains(p.stderr.String(), "error setting limit") {
				t.Skip("this machine does not grant a limit of 2^30 descriptors")
			}
			if code != 0 || !strings.Contains(p.stdout.String(), "\n"+tt.want+"\n") {
				t.Errorf("exit code %d; stdout:\n%sstderr:\n%s", code, p.stdout.String(), p.stderr.String())
			}
		})
	}
}

// TestSocketSurvives: an inherited socket takes connections from before the
// program accepts to after it has been killed.
func TestSocketSurvives(t *testing.T) {
	t.Parallel()
	address := unused.TCP(t, "127.0.0.1")
	p := configured(t, map[string]string{
		"programs.conf": `
[program:web]
command = python3 server.py
socket = tcp://` + address + `
autorestart = true
`, "server.py": `
import os, socket
assert os.environ["LISTEN_FDS"] == "1" and int(os.environ["LISTEN_PID"]) == os.getpid()
s = socket.socket(fileno=3)
while True:
    c, _ = s.accept()
    c.sendall(b"%d" % os.getpid())
    c.close()
`,
	}).start()
	p.await(&p.stderr, "web: started as process")
	seen := map[string]bool{}
	for len(seen) < 2 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("refused: %v; stderr:\n%s", err, p.stderr.String())
		}
		_ = c.SetDeadline(time.Now().Add(patience))
		buf := make([]byte, 20)
		n, err := c.Read(buf)
		c.Close()
		if err != nil {
			if len(seen) == 0 {
				t.Fatalf("no answer: %v; stderr:\n%s", err, p.stderr.String())
			}
			continue // it was accepted by the process that was killed
		}
		if pid := string(buf[:n]); !seen[pid] {
			seen[pid] = true
			if len(seen) == 1 {
				p.signalInside(pid)
			}
		}
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestCalledSupervisord: under that name it takes supervisord's command line and
// search path.
func TestCalledSupervisord(t *testing.T) {
	t.Parallel()
	p := configured(t, map[string]string{
		"etc.conf": "[supervisord]\nnodaemon = false\n[program:a]\ncommand = sh -c 'echo $PWD'\nautorestart = false\nstartsecs = 0\n",
	})
	if err := os.Mkdir(filepath.Join(p.Dir, "elsewhere"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.Args = []string{"/usr/bin/supervisord", "-n", "-c", "etc.conf", "-l", p.Dir + "/main.log", "-d", p.Dir + "/elsewhere", "-j", p.Dir + "/pid"}
	p.start().wantCode(0)
	if out := p.stdout.String(); out != filepath.Join(p.Dir, "elsewhere")+"\n" {
		t.Errorf("stdout:\n%sstderr:\n%s", out, p.stderr.String())
	}
	log := p.read("main.log")
	for _, want := range []string{"INFO supervisord started with pid 1\n", "INFO spawned: 'a' with pid ", "INFO success: a entered RUNNING state", "INFO exited: a (exit status 0; expected)\n"} {
		if !strings.Contains(log, want) {
			t.Errorf("main.log lacks %q:\n%s", want, log)
		}
	}
	if _, err := os.Stat(filepath.Join(p.Dir, "pid")); err == nil {
		t.Error("the pidfile is still there")
	}

	p = configured(t, nil)
	p.Args = []string{"supervisord", "--nothing"}
	p.start().wantCode(2)
}

// TestSupervisordWithoutPrograms: under that name a file that has nothing to run is no
// reason to end, and neither are programs that nobody has started yet: clients may add
// and start them.
func TestSupervisordWithoutPrograms(t *testing.T) {
	t.Parallel()
	const program = "[program:web]\nautostart = false\ncommand = sh -c \"echo web is up; " + loop + "\"\n"
	for name, first := range map[string]string{"no program": "", "none that starts": program} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := controlled(t, "[supervisord]\nnodaemon = true\n"+first)
			p.Args = []string{"supervisord", "-n", "-c", "programs.conf"}
			p.start().awaitSocket()
			p.write("programs.conf", "[supervisord]\nnodaemon = true\n"+program)
			for _, words := range []string{"update", "start web"} {
				if text, code := p.ctl(binary, append([]string{"ctl"}, strings.Fields(words)...)...); code != 0 {
					t.Errorf("%s: exit code %d, %s", words, code, text)
				}
			}
			p.await(&p.stdout, "web is up")
			p.kill(syscall.SIGTERM)
			p.wantCode(0)
			if said := p.stderr.String(); strings.Contains(said, "every program has ended") {
				t.Errorf("stderr:\n%s", said)
			}
		})
	}
}

// TestAccount: a program has the HOME, USER and LOGNAME of its user. Beside it, a
// listener whose results only Python code of supervisord's would understand is not
// started, and fills no log.
func TestAccount(t *testing.T) {
	t.Parallel()
	p := configured(t, map[string]string{"programs.conf": `
[entrypoint]
exit_on = all-exit
[program:app]
command = sh -c "for n in 1 2 3 4 5; do echo line $n; done; echo $HOME $USER $LOGNAME"
user = nobody
autorestart = false
startsecs = 0
stdout_events_enabled = true
[eventlistener:stdout]
command = sh -c "echo started >&2; echo READY; while read -r header; do printf 'RESULT 4\nlineREADY\n'; done"
events = PROCESS_LOG
buffer_size = 2
result_handler = supervisor_stdout:event_handler
`})
	p.start().wantCode(0)
	if want := "Running app in production mode!\nline 1\nline 2\nline 3\nline 4\nline 5\n/nonexistent nobody nobody\n"; p.stdout.String() != want {
		t.Errorf("stdout:\n%s", p.stdout.String())
	}
	said := p.stderr.String()
	if strings.Count(said, "log_format = prefix") != 1 || strings.Contains(said, "rejected") || strings.Contains(said, "overflow") || strings.Contains("\n"+said, "\nstarted\n") {
		t.Errorf("stderr:\n%s", said)
	}
}

// TestProcfile is read where there is no configuration file.
func TestProcfile(t *testing.T) {
	t.Parallel()
	p := prepare(t, "--setup-policy", "off")
	p.write("Procfile", "# a comment\nweb: echo port $PORT; exit 3\nclock: true\n")
	p.Env = append(p.Env, "PORT=8080")
	p.start()
	if code := p.code(); code == 0 || !strings.Contains(p.stdout.String(), "port 8080\n") {
		t.Errorf("exit code %d; stdout:\n%sstderr:\n%s", code, p.stdout.String(), p.stderr.String())
	}
}

// TestOutputLost: a container whose output nobody reads is steered and stopped like
// any other, and says what has become of the output.
func TestOutputLost(t *testing.T) {
	t.Parallel()
	p := controlled(t, "[program:noisy]\ncommand = sh -c \"head -c 4000000 /dev/zero; "+loop+"\"\n")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	p.Stdout = write
	p.Env = append(p.Env, "ENTRYPOINT_STOP_BUDGET=2s")
	p.start()
	write.Close()
	p.await(&p.stderr, "noisy: running")
	if text, code := p.ctl(binary, "ctl", "status"); code != 0 || !strings.Contains(text, "RUNNING") {
		t.Errorf("ctl status: exit code %d, %s", code, text)
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	said := p.stderr.String()
	for _, want := range []string{
		`what programs have printed last is lost: it could not be written within [\d.]+s\n`,
		`stopped after \S+ of 2s: noisy \S+, output [\d.]+s\n$`,
	} {
		if !regexp.MustCompile(want).MatchString(said) {
			t.Errorf("no %s in:\n%s", want, said)
		}
	}
}
