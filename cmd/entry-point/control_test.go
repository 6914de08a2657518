package main_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/eventually"
)

// ctl runs entry-point, or a link to it of another name, as a client of p, and
// returns what it prints and its exit code.
func (p *initProcess) ctl(name string, args ...string) (text string, code int) {
	p.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "ENTRYPOINT_SOCKET="+p.socket())
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return string(out), exit.ExitCode()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return string(out), 0
}

func (p *initProcess) socket() string { return filepath.Join(p.Dir, "control.sock") }

// controlled is configured with a control socket of its own.
func controlled(t *testing.T, config string) *initProcess {
	t.Helper()
	p := configured(t, map[string]string{"programs.conf": config})
	p.Env = append(p.Env, "ENTRYPOINT_SOCKET="+p.socket())
	return p
}

// awaitSocket waits until the programs can be asked about. The control socket may be there
// before: where the prelude takes long, as on a busy machine.
func (p *initProcess) awaitSocket() {
	p.t.Helper()
	eventually.So(p.t, "an answer about the programs", func() bool {
		if !exists(p.socket()) {
			return false
		}
		c, err := control.Dial(p.socket(), patience)
		if err != nil {
			return false
		}
		defer c.Close()
		return c.Do(&control.Request{Do: control.DoStatus}, func(*control.Answer) error { return nil }) == nil
	}, p.stderr.String)
}

// TestCtl: a container is steered from outside, by our own client and under
// supervisorctl's name.
func TestCtl(t *testing.T) {
	t.Parallel()
	p := controlled(t, `
[entrypoint]
exit_on = never
[program:web]
command = sh -c "echo web up; `+loop+`"
[program:work]
command = sleep 1000
process_name = w%(process_num)d
numprocs = 2
[program:off]
command = sleep 1000
autostart = false
`).start()
	p.awaitSocket()
	info, err := os.Stat(p.socket())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v", info, err)
	}
	p.await(&p.stderr, "work:w1: running")

	client := filepath.Join(t.TempDir(), "supervisorctl")
	if err := os.Symlink(binary, client); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, args string
		code       int
		want       string
	}{
		{binary, "ctl status", 3, "web      RUNNING  yes           0  pid "},
		{binary, "ctl start off", 0, "off: started\n"},
		{binary, "ctl status", 0, "off      RUNNING"},
		{binary, "ctl stop work:*", 0, "work:w0: stopped\n"},
		{binary, "ctl health", 1, "not ready: waiting for work:w0, work:w1\n"},
		{binary, "ctl restart web", 0, "web: restarted\n"},
		{binary, "ctl signal HUP nobody", 1, "nobody"},
		{binary, "ctl start work:w0 work:w1", 0, "work:w1: started\n"},
		{binary, "ctl health", 0, "ready"},
		{binary, "ctl events", 0, "web  STOPPING -> STARTING"},
		{binary, "ctl update", 0, "no program has changed\n"},
		{binary, "status", 127, `did you mean "entry-point ctl status"?`},
		{client, "status web", 0, "web                              RUNNING   pid "},
		{client, "stop off", 0, "off: stopped\n"},
		{client, "start nobody", 1, "nobody: ERROR (no such process)\n"},
		{client, "pid", 0, "1\n"},
		{client, "shutdown", 0, "Shut down\n"},
	} {
		if got, code := p.ctl(tt.name, strings.Fields(tt.args)...); code != tt.code || !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: exit code %d, want %d; %q, want %q", filepath.Base(tt.name), tt.args, code, tt.code, got, tt.want)
		}
	}
	p.wantCode(0)
	if _, err := os.Stat(p.socket()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there (%v)", err)
	}
	if got, code := p.ctl(binary, "ctl", "status"); code != 4 || !strings.Contains(got, "no server") {
		t.Errorf("without a server: exit code %d, %q", code, got)
	}
	if strings.Count(p.stdout.String(), "web up") != 2 {
		t.Errorf("stdout:\n%s", p.stdout.String())
	}
}

// TestNoPlaceForSocket: a container without a place for the control socket runs
// all the same, and says so; one that wants none has none.
func TestNoPlaceForSocket(t *testing.T) {
	t.Parallel()
	for place, said := range map[string]bool{"/no/such/directory/s": true, "none": false} {
		p := configured(t, map[string]string{"programs.conf": "[program:web]\ncommand = sh -c \"echo up; " + loop + "\"\n"})
		p.Env = append(p.Env, "ENTRYPOINT_SOCKET="+place)
		p.start()
		p.await(&p.stdout, "up")
		p.await(&p.stderr, "web: running")
		p.kill(syscall.SIGTERM)
		p.wantCode(0)
		if strings.Contains(p.stderr.String(), "no control socket") != said {
			t.Errorf("%s: stderr:\n%s", place, p.stderr.String())
		}
	}
}

// TestCtlLogs: what programs have printed last, and what they print from then on;
// where nothing passes through us that is said.
func TestCtlLogs(t *testing.T) {
	t.Parallel()
	p := controlled(t, `
[program:web]
command = sh -c "for i in 1 2 3 4 5; do echo line $i; done; trap 'echo told' USR1; `+loop+`"
[program:filed]
command = sh -c "echo to a file; `+loop+`"
stdout_logfile = %(here)s/filed.log
`).start()
	p.awaitSocket()
	p.await(&p.stderr, "filed: running")
	p.await(&p.stdout, "line 5")
	for _, tt := range []struct {
		args string
		want string
	}{
		{"logs -n 2 web", "line 4\nline 5\n"},
		{"logs filed", "to a file\n"},
		{"tail web", "line 1\nline 2\nline 3\nline 4\nline 5\n"},
		{"clear filed", "filed: cleared\n"},
	} {
		if got, code := p.ctl(binary, append([]string{"ctl"}, strings.Fields(tt.args)...)...); code != 0 || got != tt.want {
			t.Errorf("%s: exit code %d, %q, want %q", tt.args, code, got, tt.want)
		}
	}
	p.awaitEmpty("filed.log")

	follow := exec.Command(binary, "ctl", "logs", "-f", "-n", "1", "web")
	follow.Env = append(os.Environ(), "ENTRYPOINT_SOCKET="+p.socket())
	lines := &output{}
	follow.Stdout = lines
	if err := follow.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = follow.Process.Kill(); _ = follow.Wait() })
	p.await(lines, "line 5\n")
	if _, code := p.ctl(binary, "ctl", "signal", "USR1", "web"); code != 0 {
		t.Errorf("signal: exit code %d", code)
	}
	p.await(lines, "line 5\ntold\n")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)

	raw := controlled(t, "[entrypoint]\nlog_format = raw\n[program:web]\ncommand = sh -c \"echo up; "+loop+"\"\n").start()
	raw.awaitSocket()
	if got, code := raw.ctl(binary, "ctl", "logs", "web"); code != 1 || !strings.Contains(got, "does not pass through entry-point") {
		t.Errorf("raw: exit code %d, %q", code, got)
	}
	raw.kill(syscall.SIGTERM)
	raw.wantCode(0)
}

func (p *initProcess) awaitEmpty(name string) {
	p.t.Helper()
	eventually.So(p.t, name+" is empty", func() bool { return p.read(name) == "" }, func() string { return p.read(name) })
}

// TestGroupsAndLogs: what supervisord's clients need beside the actions: groups
// that come and go, parts of log files, the main log, standard input, usage.
func TestGroupsAndLogs(t *testing.T) {
	t.Parallel()
	p := controlled(t, `
[entrypoint]
exit_on = never
[inet_http_server]
port = 127.0.0.1:1
[program:web]
command = cat
stdout_logfile = web.log
[program:old]
command = sleep 1000
`)
	p.start()
	p.awaitSocket()
	p.await(&p.stderr, "web: running")
	c, err := control.Dial(p.socket(), patience)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ask := func(r *control.Request) (answers []*control.Answer, code string) {
		t.Helper()
		err := c.Do(r, func(a *control.Answer) error { answers = append(answers, a); return nil })
		if said := (*control.Error)(nil); errors.As(err, &said) {
			return answers, said.Code
		} else if err != nil {
			t.Fatal(err)
		}
		return answers, ""
	}
	status := func(want string, r *control.Request) {
		t.Helper()
		answers, code := ask(r)
		if len(answers) == 1 && answers[0].Result != nil {
			code = answers[0].Result.Status
		}
		if code != want {
			t.Errorf("%s: %q, want %q", r.Do, code, want)
		}
	}
	status(control.OK, &control.Request{Do: control.DoStdin, Names: []string{"web"}, Data: []byte("hello\nworld\n")})
	eventually.So(t, "what was written is in the log", func() bool {
		answers, code := ask(&control.Request{Do: control.DoRead, Names: []string{"web"}, Stream: "stdout", Offset: -6})
		return code == "" && len(answers) == 1 && string(answers[0].Log.Data) == "world\n" && answers[0].Log.Offset == 6 && answers[0].Log.Size == 12
	}, nil)
	if answers, _ := ask(&control.Request{Do: control.DoRead, Main: true}); len(answers) != 1 || !strings.Contains(string(answers[0].Log.Data), "INFO spawned: 'web' with pid") {
		t.Errorf("main log: %+v", answers)
	}
	answers, _ := ask(&control.Request{Do: control.DoUsage})
	own := false
	for _, a := range answers {
		own = own || a.Usage.Name == "" && a.Usage.PID == 1
	}
	if len(answers) != 3 || !own {
		t.Errorf("usage of %d", len(answers))
	}

	if err := os.WriteFile(filepath.Join(p.Dir, "programs.conf"), []byte("[entrypoint]\nexit_on = never\n[inet_http_server]\nport = 127.0.0.1:1\n"+
		"[program:web]\ncommand = cat\nstdout_logfile = web.log\npriority = 5\n[program:new]\ncommand = sleep 1000\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	answers, _ = ask(&control.Request{Do: control.DoReread})
	if len(answers) != 1 || strings.Join(slices.Concat(answers[0].Changes.AddedGroups, answers[0].Changes.ChangedGroups, answers[0].Changes.RemovedGroups), " ") != "new web old" {
		t.Fatalf("reread: %+v", answers)
	}
	group := func(do control.Operation, name string) *control.Request {
		return &control.Request{Do: do, Names: []string{name}, Wait: true}
	}
	status(control.OK, group(control.DoAdd, "new"))
	status(control.AlreadyAdded, group(control.DoAdd, "new"))
	status(control.NoGroup, group(control.DoAdd, "nobody"))
	status(control.StillRunning, group(control.DoRemove, "web"))
	status(control.OK, group(control.DoStop, "web"))
	status(control.OK, group(control.DoRemove, "web"))
	status(control.NoGroup, group(control.DoRemove, "web"))
	status(control.OK, group(control.DoAdd, "web"))
	p.await(&p.stderr, "new: running")
	configs := ""
	answers, _ = ask(&control.Request{Do: control.DoConfig})
	for _, a := range answers {
		configs += a.Config.FullName + " " + strconv.FormatBool(a.Config.InUse) + " " + strconv.Itoa(a.Config.Priority) + ";"
	}
	if configs != "web true 5;new true 999;" {
		t.Errorf("config: %s", configs)
	}
	status("", &control.Request{Do: control.DoRenew})
	p.await(&p.stderr, "old: removed")
	status("", &control.Request{Do: control.DoClear, Main: true})
	status(control.OK, &control.Request{Do: control.DoClear, Names: []string{"web"}})
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}
