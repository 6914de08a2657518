package config

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"entrypoint/config/environ"
)

var update = flag.Bool("update", false, "write the golden files")

func TestSections(t *testing.T) {
	for name, c := range map[string]struct {
		text     string
		errs     []string
		warnings string
	}{
		"what containers have": {text: "[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=/run/s.pid\n[program:a]\ncommand=a"},
		"supervisord's own keys": {
			text:     "[program:a]\ncommand=a\n[supervisord]\nloglevel=debug\numask=022\nnodaemon=true",
			warnings: "",
		},
		"control": {
			text: "[unix_http_server]\nfile=/run/s.sock\n[program:a]\ncommand=a\n[inet_http_server:b]\nport=localhost:1\n[supervisorctl]\nserverurl=x\nprompt=y\n" +
				"[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n" +
				"[rpcinterface:other]\nsupervisor.rpcinterface_factory=x:y\nz=1\n[ctlplugin:a]\nb=c",
			warnings: "app.conf:5: [inet_http_server:b]: it has no username and password: whoever is in this network namespace controls the programs\n" +
				"app.conf:13: [rpcinterface:other] supervisor.rpcinterface_factory: not supported: it is code for supervisord",
		},
		"unknown keys": {
			text: "[supervisord]\nloglvel=x\n[unix_http_server]\nfiel=a\nfile=/a\n[inet_http_server]\nport=1\nusername=a\npassword=b\nremotes=x\nprot=2\n" +
				"[supervisorctl]\nprmpt=a\n[group:g]\nprogram=a\nprograms=a\n[program:a]\ncommand=a\n[entrypoint]\nexit-on=x",
			warnings: "app.conf:2: [supervisord] loglvel: unknown key (did you mean loglevel?)\n" +
				"app.conf:4: [unix_http_server] fiel: unknown key (did you mean file?)\n" +
				"app.conf:10: [inet_http_server] remotes: not supported\n" +
				"app.conf:11: [inet_http_server] prot: unknown key (did you mean port?)\n" +
				"app.conf:13: [supervisorctl] prmpt: unknown key (did you mean prompt?)\n" +
				"app.conf:15: [group:g] program: unknown key (did you mean programs?)\n" +
				"app.conf:20: [entrypoint] exit-on: unknown key (did you mean exit_on?)",
		},
		"keys that are missing": {
			text: "[group:g]\nprograms=a\n[eventlistener:e]\ncommand=e\n[fcgi-program:f]\ncommand=f\n[include]\nfile=*.conf\n" +
				"[unix_http_server]\n[inet_http_server]\nport=\nusername=a",
			errs: []string{
				`app.conf:2: [group:g] programs: no program is named "a"`,
				"app.conf:3: [eventlistener:e]: the key events is missing",
				"app.conf:5: [fcgi-program:f]: the key socket is missing",
				"app.conf:7: [include]: the key files is missing",
				"app.conf:9: [unix_http_server]: the key file is missing",
				"app.conf:10: [inet_http_server]: username and password need each other",
				`app.conf:11: [inet_http_server] port: "" is not HOST:PORT with a port from 1 to 65535`,
			},
		},
		"defaults are for others, too": {text: "[DEFAULT]\nautorestart=true\nmine=1\nbuffer_size=5\n[supervisord]\n[program:a]\ncommand=a"},
		"unknown": {
			text: "[program:a]\ncommand=a\n[Program:b]\ncommand=b\n[ program:c]\n[entirely]\n[supervisor]",
			warnings: "app.conf:3: [Program:b]: unknown section (did you mean [program:b]?), it is ignored\n" +
				"app.conf:5: [ program:c]: unknown section (did you mean [program:c]?), it is ignored\n" +
				"app.conf:6: [entirely]: unknown section, it is ignored\n" +
				"app.conf:7: [supervisor]: unknown section (did you mean [supervisord]?), it is ignored",
		},
		"names": {
			text: "[program:]\ncommand=a\n[program:a b]\ncommand=a\n[program]\n[program:a/b]",
			errs: []string{
				"app.conf:1: [program:]: the program has no name",
				`app.conf:3: [program:a b]: a program's name cannot contain " "`,
				"app.conf:5: [program]: the program has no name",
				`app.conf:6: [program:a/b]: a program's name cannot contain "/"`,
			},
		},
		"empty":      {text: "", errs: []string{"app.conf: no [program:NAME] section, so there is nothing to run"}},
		"no command": {text: "[program:a]\npriority=1", errs: []string{"app.conf:1: [program:a]: the key command is missing"}},
		"not ini":    {text: "hello\n[a]\nb", errs: []string{"app.conf:1: text before the first [section]", "app.conf:3: neither [section] nor key = value"}},
		"all at once": {
			text: "[program:b]\nstopsignal=TREM\ncommand=b\npriority=x\n[supervisord]\nenvironment=A\n[program:a]\nstartsecs=y\n[program:b]\nautostart=z",
			errs: []string{
				`app.conf:2: [program:b] stopsignal: unknown signal "TREM" (did you mean TERM?)`,
				`app.conf:4: [program:b] priority: "x" is not a whole number`,
				`app.conf:6: [supervisord] environment: "=" is missing after "A"; a value with spaces needs quotes, and pairs have the form KEY="value"`,
				`app.conf:7: [program:a]: the key command is missing`,
				`app.conf:8: [program:a] startsecs: "y" is not a whole number`,
				`app.conf:10: [program:b] autostart: "z" is neither true nor false`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c2, _, err := loadText(t, c.text)
			if c.errs != nil {
				wantErrors(t, err, c.errs...)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(c2.Warnings, "\n"); got != c.warnings {
				t.Errorf("got  %s\nwant %s", got, c.warnings)
			}
		})
	}
}

func TestDependencies(t *testing.T) {
	c := mustLoad(t, "[program:a]\ncommand=a\ndepends_on = b:ready, c ,b\n[program:b]\ncommand=b\ndepends_on=c\n[program:c]\ncommand=c")
	if got := fmt.Sprint(c.Programs[0].DependsOn, c.Programs[1].DependsOn, c.Programs[2].DependsOn); got != "[b c] [c] []" {
		t.Error(got)
	}
	_, _, err := loadText(t, `[program:a]
command=a
depends_on=b
[program:b]
command=b
depends_on=d, c
[program:c]
command=c
depends_on=b, wbe
[program:web]
command=d
`)
	wantErrors(t, err,
		`app.conf:6: [program:b] depends_on: no program is named "d"`,
		`app.conf:9: [program:c] depends_on: no program is named "wbe" (did you mean web?)`,
		`app.conf:9: [program:c] depends_on: these programs wait for each other: b -> c -> b`)
}

// TestEnvironmentOfAll: environment= of [supervisord] is under that of each
// program, wherever it is in the file, and can be named.
func TestEnvironmentOfAll(t *testing.T) {
	c := mustLoad(t, `[program:a]
command=run %(ENV_ALL)s %(ENV_OWN)s %(ENV_HOME)s
environment=OWN="%(ENV_ALL)s!",ALL=2
[program:b]
command=run %(ENV_ALL)s
[supervisord]
environment=ALL="%(ENV_PORT)s",HERE=%(here)s
`)
	a, b := c.Programs[0], c.Programs[1]
	here, _ := environ.Lookup(b.Environment, "HERE")
	got := fmt.Sprint(a.Command, a.Environment, b.Command, b.Environment)
	want := "[run 2 8000! /root] [ALL=2 HERE=" + here + " OWN=8000!] [run 8000] [ALL=8000 HERE=" + here + "]"
	if got != want || !filepath.IsAbs(here) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestHere(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "etc", "a.conf"), "[program:a]\ncommand=%(here)s/run %(process_num)02d\nnumprocs_start=7\n")
	c, err := Load(&Options{File: "etc/a.conf", Dir: dir, Env: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(c.Programs[0].Command), fmt.Sprint([]string{dir + "/etc/run", "07"}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// loadDefault loads the built-in set with another app.ini, and the tutorial's
// nginx.conf whatever the machine's is.
func loadDefault(t *testing.T, ini string, budget ...time.Duration) (*Config, error) {
	t.Helper()
	l, err := newLoader(&Options{Env: []string{}, Dir: "/", StopBudget: append(budget, 0)[0]})
	if err != nil {
		t.Fatal(err)
	}
	conf, err := filepath.Abs("testdata/nginx/tutorial.conf")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("/app.ini", ini, "command = nginx", "command = nginx -c "+conf).Replace(string(defaultSet))
	c, err := l.load(BuiltIn, []byte(text))
	if err == nil {
		c.Programs[1].Command = slices.DeleteFunc(c.Programs[1].Command, func(arg string) bool { return arg == "-c" || arg == conf })
	}
	return c, err
}

// TestDefaultSet compares the built-in set, for the tutorial's app.ini and
// nginx.conf, with testdata.
func TestDefaultSet(t *testing.T) {
	c, err := loadDefault(t, "testdata/uwsgi/tutorial.ini")
	if err == nil || c != nil {
		t.Fatal("a relative app.ini begins at /, where there is none")
	}
	file, err := filepath.Abs("testdata/uwsgi/tutorial.ini")
	if err != nil {
		t.Fatal(err)
	}
	if c, err = loadDefault(t, file); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, p := range c.Programs {
		fmt.Fprintf(&out, "%s\n\tsource     %s\n\tcommand    %q\n\tpriority   %d\n", p.Name, p.Source, p.Command, p.Priority)
		fmt.Fprintf(&out, "\tstart      auto %t, %v to be up, %d retries, restart always %t\n", p.Autostart, p.StartSecs, p.StartRetries, p.Autorestart == RestartAlways)
		fmt.Fprintf(&out, "\tstop       %v, as group %t, good codes %v\n", rungs(p), p.StopAsGroup, p.StopExitCodes)
		fmt.Fprintf(&out, "\tready      %s %s\n\tdepends on %v\n\tenviron    %q\n", p.Ready.Network(), p.Ready.Address, p.DependsOn, p.Environment)
	}
	golden := "testdata/default.golden"
	got := strings.ReplaceAll(out.String(), file, "/app.ini")
	if *update {
		write(t, golden, got)
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if len(c.Warnings) > 0 {
		t.Error(c.Warnings)
	}
}

// TestDefaultSetAndBudget: the built-in set has more time with a longer budget, which is all
// that a user without a file can say.
func TestDefaultSetAndBudget(t *testing.T) {
	file, err := filepath.Abs("testdata/uwsgi/tutorial.ini")
	if err != nil {
		t.Fatal(err)
	}
	for budget, want := range map[time.Duration]string{UsualBudget: "8s 7s", 45 * time.Second: "40s 35s", 2 * time.Second: "8s 7s"} {
		c, err := loadDefault(t, file, budget)
		if err != nil {
			t.Fatal(err)
		}
		var waits []string
		for _, p := range c.Programs {
			wait := time.Duration(0)
			for _, rung := range p.StopSignals {
				wait += rung.Wait
			}
			waits = append(waits, wait.String())
		}
		if got := strings.Join(waits, " "); got != want {
			t.Errorf("with %v: %s, want %s", budget, got, want)
		}
	}
}

func TestDefaultSetWithoutAppIni(t *testing.T) {
	_, err := loadDefault(t, "/nonexistent/app.ini")
	wantErrors(t, err, `cannot read "/nonexistent/app.ini": no such file or directory; `+
		"write it, or name a configuration file with -c FILE, or give a command to run, or -d for debug mode")
}
