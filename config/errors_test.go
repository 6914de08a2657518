package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOnlyAbsent: what the machine lacks may come with a package, nothing else may.
func TestOnlyAbsent(t *testing.T) {
	for in, want := range map[string]bool{
		"command=a\nuser=nosuchuser":                                        true,
		"command=a\nuser=nosuchuser\n[program:b]\ncommand=b\nuser=another":  true,
		"command=a\nuser=nosuchuser\npriority=x":                            false,
		"user=nosuchuser":                                                   false,
		"command=a\nuser=root:nosuchgroup":                                  true,
		"command=a\nstdout_logfile=/no/such/directory/a.log":                true,
		"command=a\nschedule=@daily\nschedule_timezone=Mars/Olympus":        true,
		"command=a\nschedule=@dayly\nschedule_timezone=Mars/Olympus":        false,
		"command=a\nsocket=unix:///a\nsocket_owner=nosuchuser":              true,
		"command=a\n[supervisord]\nchildlogdir=/no/such/directory":          true,
		"command=a\n[supervisord]\nuser=nosuchuser\npidfile=/no/such/a.pid": true,
		"command=a\n[entrypoint]\ngateway_user=nosuchuser":                  true,
		"command=a\n[entrypoint]\ngateway_user=root":                        false,
		"command=a\n[unix_http_server]\nfile=/a\nchown=nosuchuser":          true,
		"command=a\npriority=x":                                             false,
	} {
		if _, _, err := loadText(t, "[program:a]\n"+in); OnlyAbsent(err) != want {
			t.Errorf("%s: not %t for %v", in, want, err)
		}
	}
	if OnlyAbsent(nil) || OnlyAbsent(errors.New("x")) {
		t.Error("neither nil nor a foreign error is about users")
	}
}

// TestNoZone: an image without time zones and one that does not know a name are two
// things, and both are said.
func TestNoZone(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "Europe"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "Europe", "Berlin"), "")
	write(t, filepath.Join(dir, "UTC"), "")
	const names = "; they have names such as Europe/Berlin and UTC"
	for zone, want := range map[string]string{
		"Europe/Berln":  `no time zone is named "Europe/Berln" in DIR (did you mean Europe/Berlin?)` + names,
		"Euorpe/Berlin": `no time zone is named "Euorpe/Berlin" in DIR` + names,
		"UCT":           `no time zone is named "UCT" in DIR (did you mean UTC?)` + names,
	} {
		if got := noZone(zone, []string{"/no/such/directory", dir}).Error(); got != strings.ReplaceAll(want, "DIR", dir) {
			t.Errorf("%s: %s", zone, got)
		}
	}
	want := `the time zone "Europe/Berlin" is not known, because there are no time zones here: the package tzdata is missing; ` +
		"install it (a line tzdata in requirements_os.txt does), or use UTC"
	if got := noZone("Europe/Berlin", []string{t.TempDir(), "/no/such/directory"}).Error(); got != want {
		t.Error(got)
	}
}

// TestNothingToRun has both reasons for it.
func TestNothingToRun(t *testing.T) {
	_, _, err := loadText(t, "[program:a]\ncommand=a\nnumprocs=0\n")
	wantErrors(t, err, "app.conf: numprocs of every program is 0, so there is nothing to run")
	// Its keys are read all the same.
	_, _, err = loadText(t, "[program:a]\ncommand=a\nnumprocs=-1\npriority=x\n")
	wantErrors(t, err, `app.conf:4: [program:a] priority: "x" is not a whole number`)
}

// TestMoreErrors has what the tables of the single keys do not reach.
func TestMoreErrors(t *testing.T) {
	for in, want := range map[string]string{
		"[program:a]\ncommand=a\nenvironment=%(ENV_EQUALS)s=1":                                    `app.conf:3: [program:a] environment: the name "a=b" contains "="`,
		"[program:a]\ncommand=a\nenvironment=A=1 =2":                                              `app.conf:3: [program:a] environment: a name is missing before "=2"`,
		"[program:a]\ncommand=a\nrlimit_core=1:2X":                                                `app.conf:3: [program:a] rlimit_core: "2X" is not a size such as 1024, 512KB, 50MB or 1GB`,
		"[program:a]\ncommand=a\nenvfiles=%(here)s/x,,":                                           "app.conf:3: [program:a] envfiles: cannot read \"DIR/x\": no such file or directory",
		"[supervisord]\nchildlogdir=~nosuchuser\n":                                                `app.conf:2: [supervisord] childlogdir: no user "nosuchuser" in /etc/passwd; a number needs no entry there`,
		"[include]\nfiles=%(program_name)s":                                                       "app.conf:2: [include] files: unknown name in %(program_name)s (known here: ENV_..., here, host_node_name, cpus, memory_mb)",
		"[include]\nfiles=loop/*":                                                                 `app.conf:2: [include] files: cannot read "DIR/loop": too many levels of symbolic links`,
		"[fcgi-program:f]\ncommand=f\nsocket=tcp://*:1\nevents=EVENT\nsocket_owner=root":          "app.conf:5: [fcgi-program:f] socket_owner: only a unix socket has that",
		"[group:g]\nprograms=a,b\n[program:a]\ncommand=a\nprocess_name=b\n[program:b]\ncommand=b": `app.conf:6: [program:b]: there is a process "g:b" already, of [program:a] at app.conf:3`,
		"[group:g]\nprograms=" + strings.Repeat("x", 200):                                         `app.conf:2: [group:g] programs: no program is named "` + strings.Repeat("x", 100) + `"...`,
		"[program:a]\ncommand=a\nstdout_logfile=" + manyLogs(17):                                  "app.conf:3: [program:a] stdout_logfile: there are over 16 places",
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "app.conf"), in)
		if err := os.Symlink("loop", filepath.Join(dir, "loop")); err != nil {
			t.Fatal(err)
		}
		_, err := Load(&Options{File: "app.conf", Dir: dir, Env: append(testEnv(), "EQUALS=a=b")})
		wantErrors(t, err, strings.ReplaceAll(want, "DIR", dir))
	}
}

// manyLogs is a list of so many files.
func manyLogs(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "/tmp/" + strings.Repeat("x", i+1)
	}
	return strings.Join(list, ",")
}

// TestHome is what "~" stands for.
func TestHome(t *testing.T) {
	l, err := newLoader(&Options{Dir: "/", Env: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	l.me = identity{0, 0}
	for in, want := range map[string]string{"~": "/root", "~/a": "/root/a", "~root/a": "/root/a", "/~": "/~", "a/~": "a/~"} {
		if got, err := l.home(plain(in)); got != want || err != nil {
			t.Errorf("%s: got %s, %v", in, got, err)
		}
	}
	if got, err := l.home(&text{"~/a", []span{{0, 3}}}); got != "~/a" || err != nil {
		t.Errorf("from an expansion: got %s, %v", got, err)
	}
	l.env = []string{"HOME=/h"}
	if got, err := l.home(plain("~/a")); got != "/h/a" || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}

// TestProgramDefault: a program's own key wins as a whole, of environment variable by
// variable; a listener has none of it.
func TestProgramDefault(t *testing.T) {
	c := mustLoad(t, "[program-default]\nenvironment=A=1,B=2\nuser=root\nuser_environment=off\nfrob=1\nsocket=tcp://*:1\n"+
		"[program:a]\ncommand=a\n[program:b]\ncommand=b\nenvironment=A=3\n[eventlistener:l]\ncommand=l\nevents=EVENT\n")
	l, a, b := c.Programs[0], c.Programs[1], c.Programs[2]
	if !slices.Equal(a.Environment, []string{"A=1", "B=2"}) || !slices.Equal(b.Environment, []string{"A=3", "B=2"}) || len(l.Environment) > 0 {
		t.Errorf("%q %q %q", a.Environment, b.Environment, l.Environment)
	}
	if a.Socket == nil || a.Socket != b.Socket || l.Socket != nil {
		t.Errorf("%+v %+v %+v", a.Socket, b.Socket, l.Socket)
	}
	if want := []string{"app.conf:5: [program-default] frob: unknown key"}; !slices.Equal(c.Warnings, want) {
		t.Errorf("%q", c.Warnings)
	}
}
