package main_test

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckAtBuildTime: -t as a line of a Dockerfile has it, with what it says and its
// exit code.
func TestCheckAtBuildTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "good"), []byte("#!/bin/sh\nexit 0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	const good = "[program:a]\ncommand = ./good\ndirectory = %(here)s\n"
	for _, c := range []struct {
		name, file, text string
		args             string
		code             int
		says             []string
		not              string
	}{
		{name: "good", file: "entry-point.conf", text: good, says: []string{"configuration entry-point.conf is good\n"}},
		{
			name: "section", file: "entry-point.conf", text: good + "[progam:nginx]\ncommand = nginx\n", code: 78,
			says: []string{"entry-point.conf:4: [progam:nginx]: unknown section (did you mean [program:nginx]?)", "is not good: 1 warning, and warnings are errors here"},
		},
		{name: "key", file: "entry-point.conf", text: good + "[entrypoint]\nstop_buget = 29s\n", code: 78, says: []string{"entry-point.conf:5: [entrypoint] stop_buget: unknown key (did you mean stop_budget?)"}},
		{name: "lenient", file: "entry-point.conf", text: good + "[entrypoint]\nstop_buget = 29s\nstrict = off\n", says: []string{"unknown key", "is good, but for 1 warning (errors with --strict)"}},
		{name: "theirs", file: "supervisord.conf", text: good + "[progam:nginx]\n", says: []string{"unknown section", "is good, but for 1 warning"}},
		{name: "theirs, strictly", file: "supervisord.conf", text: good + "[progam:nginx]\n", args: "-t --strict", code: 78, says: []string{"unknown section", "is not good"}},
		{name: "strict", file: "supervisord.conf", text: good + "[progam:nginx]\n[entrypoint]\nstrict = on\n", code: 78, says: []string{"unknown section", "is not good"}},
		{name: "a note", file: "entry-point.conf", text: good + "[supervisord]\nuser = nobody\n", says: []string{"[supervisord] user: entry-point itself stays root", "is good\n"}},
		{name: "strict at the start", file: "supervisord.conf", text: good + "[progam:nginx]\n", args: "--strict --setup-policy off", code: 78, says: []string{"supervisord.conf:4: [progam:nginx]: unknown section", "warnings are errors here"}},
		{
			name: "stop", file: "entry-point.conf", text: good + "stopwaitsecs = 30\n[program:b]\ncommand = ./good\ndirectory = %(here)s\nstopsignal = INT:5, TERM:6\n", code: 78,
			says: []string{
				"entry-point.conf:4: [program:a] stopwaitsecs: 30s is more than the whole stop may take, which is 9s; write stop_budget = 31s in [entrypoint]",
				"entry-point.conf:8: [program:b] stopsignal: 11s is more than the whole stop may take, which is 9s; write stop_budget = 12s",
			},
		},
		{name: "stop fits", file: "entry-point.conf", text: good + "stopwaitsecs = 30\n[entrypoint]\nstop_budget = 31s\n", says: []string{"is good\n"}},
		{name: "stop and drain", file: "entry-point.conf", text: good + "stopwaitsecs = 30\n[entrypoint]\nstop_budget = 31s\ndrain = 2s\n", code: 78, says: []string{"30s is more than the whole stop may take, which is 29s"}},
		{name: "usual stop", file: "entry-point.conf", text: good + "[entrypoint]\nstop_budget = 2s\n", says: []string{"is good\n"}},
		{name: "shell", file: "entry-point.conf", text: strings.Replace(good, "good\n", "good && echo $HOME\n", 1), code: 78, says: []string{`entry-point.conf:2: [program:a] command: "&&" is for a shell`}},
		{name: "command", file: "entry-point.conf", text: strings.Replace(good, "good\n", "none\n", 1), code: 78, says: []string{`entry-point.conf:2: [program:a] command: cannot run "./none"`}},
		{name: "target", file: "entry-point.conf", text: good + "[entrypoint]\nwait_for = tcp://db\n", code: 78, says: []string{"entry-point.conf:5: [entrypoint] wait_for: cannot wait for tcp://db: the port is missing"}},
		{
			name: "env files", file: "entry-point.conf", text: good + "envFiles = ?maybe.env, /run/secrets/app.env\nenvironment = KEY=%(ENV_KEY)s\npriority = %(ENV_PRIORITY)s\n",
			says: []string{`entry-point.conf:4: [program:a] envfiles: "/run/secrets/app.env" does not exist here; it has to exist when the container starts`, "is good\n"}, not: "maybe",
		},
		{name: "no such variable", file: "entry-point.conf", text: good + "envFiles = ?maybe.env\npriority = %(ENV_PRIORITY)s\n", code: 78, says: []string{"the environment has no PRIORITY"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			run := exec.Command(binary, append([]string{"-c", c.file}, strings.Fields(cmp.Or(c.args, "-t"))...)...)
			run.Dir = dir
			out, _ := run.CombinedOutput()
			if code := run.ProcessState.ExitCode(); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, want := range c.says {
				if !strings.Contains(string(out), want) {
					t.Errorf("it does not say %q:\n%s", want, out)
				}
			}
			if c.not != "" && strings.Contains(string(out), c.not) {
				t.Errorf("it says %q:\n%s", c.not, out)
			}
		})
	}
	// What the setup is still to bring is not missed.
	for name, text := range map[string]string{"requirements_os.txt": "nginx\n", "app.conf": "[program:a]\ncommand = no-such-program\n[entrypoint]\nstrict = on\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string]string{"": "not found in PATH", "[program:b]\ncommand = b\nuser = nosuchuser\n": `no user "nosuchuser"`, "[program:c]\ncommand = uwsgi --ini none.ini\n": "none.ini"} {
		if err := os.WriteFile(filepath.Join(dir, "app.conf"), []byte("[program:a]\ncommand = no-such-program\n[entrypoint]\nstrict = on\n"+text), 0o644); err != nil {
			t.Fatal(err)
		}
		for policy, code := range map[string]int{"changed": 0, "off": 78} {
			run := exec.Command(binary, "-t", "-c", "app.conf", "--setup-policy", policy)
			run.Dir = dir
			out, _ := run.CombinedOutput()
			if got := run.ProcessState.ExitCode(); got != code || !strings.Contains(string(out), want) || strings.Contains(string(out), "may bring") != (code == 0) {
				t.Errorf("policy %s: exit code %d, want %d\n%s", policy, got, code, out)
			}
		}
	}
}

// TestStrictReload: what is an error at the start is one for a reload, too, which then
// changes nothing.
func TestStrictReload(t *testing.T) {
	t.Parallel()
	const good = "[entrypoint]\nstrict = on\n[program:web]\ncommand = sleep 1000\n"
	p := controlled(t, good)
	p.start().awaitSocket()
	p.write("programs.conf", good+"autostrat = false\n")
	if text, code := p.ctl(binary, "ctl", "update"); code != 1 || !strings.Contains(text, "programs.conf:5: [program:web] autostrat: unknown key (did you mean autostart?)") {
		t.Errorf("exit code %d, %s", code, text)
	}
}
