package main_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestEnvAllow: a program, its probe, the check before its reload and its hooks have of the
// container's environment what env_allow says, and what is theirs in any case.
func TestEnvAllow(t *testing.T) {
	t.Parallel()
	address, _ := freeAddress(t, "tcp")
	p := controlled(t, "")
	shows := func(name string) string {
		return `sh -c "env >` + p.Dir + `/` + name + `; echo >>` + p.Dir + `/` + name + `"`
	}
	p.write("programs.conf", `
[program-default]
env_allow = PATH, DB_*
startsecs = 0
[program:app]
command = `+strings.TrimSuffix(shows("app.env"), `"`)+`; trap '' HUP; exec sleep 1000"
user = root
environment = OWN="%(ENV_OTHER)s"
socket = tcp://`+address+`
pre_start = `+shows("hook.env")+`
ready = exec:`+shows("ready.env")+`
reload_signal = HUP
reload_check = `+shows("check.env")+`
[program:none]
command = sh -c "/usr/bin/env >`+p.Dir+`/none.env; echo >>`+p.Dir+`/none.env; exec /bin/sleep 1000"
env_allow =
`)
	p.Env = append(p.Env, "DB_HOST=db", "DB_PASSWORD=hush", "OTHER=o", "XDB_=x", "HOME=/elsewhere")
	p.start()
	p.await(&p.stderr, "app: ready")
	if text, code := p.ctl(binary, "ctl", "reload", "app"); code != 0 {
		t.Fatal(text, p.stderr.String())
	}
	theirs := []string{"HOME=/root", "LOGNAME=root", "OWN=o", "SUPERVISOR_ENABLED=1", "SUPERVISOR_GROUP_NAME=app", "SUPERVISOR_PROCESS_NAME=app", "USER=root"}
	allowed := append([]string{"DB_HOST=db", "DB_PASSWORD=hush"}, theirs...)
	for file, want := range map[string][]string{
		"app.env": append([]string{"LISTEN_FDS=1"}, allowed...), "ready.env": allowed, "check.env": allowed, "hook.env": allowed,
		"none.env": {"SUPERVISOR_ENABLED=1", "SUPERVISOR_GROUP_NAME=none", "SUPERVISOR_PROCESS_NAME=none"},
	} {
		p.awaitFile(file, "\n\n")
		var got []string
		for line := range strings.Lines(p.read(file)) {
			switch name, _, _ := strings.Cut(line, "="); name {
			case "PATH", "PWD", "OLDPWD", "SHLVL", "_", "LISTEN_PID", "LISTEN_FDNAMES", "\n", "ENTRYPOINT_PROGRAM", "ENTRYPOINT_EVENT":
			default:
				got = append(got, strings.TrimSuffix(line, "\n"))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}
