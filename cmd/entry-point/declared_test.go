package main_test

import (
	"strings"
	"syscall"
	"testing"
)

// TestDeclared: in templates a variable of require_env is one where it has no value too, be it
// before the start, when a program reloads, when the configuration is read again, or for -t.
func TestDeclared(t *testing.T) {
	t.Parallel()
	conf := `
[entrypoint]
require_env = MUST, MAY=
template = app.in -> /run/app.conf
[program:app]
command = sh -c "trap : HUP; echo it listens; while :; do sleep 1; done" /run/app.conf
startsecs = 0
reload_signal = HUP
reload_check = sh -c "cat /run/app.conf"
post_start = cat /run/app.conf
`
	p := controlled(t, conf)
	p.Env = append(p.Env, "ENTRYPOINT_PRELUDE_SKIP=require")
	p.write("app.in", "first [${MUST}${MAY}] ${host}\n")
	p.inMounts("true")
	p.start()
	p.await(&p.stdout, "first [] ${host}\n")
	p.await(&p.stdout, "it listens\n")
	made := func(want string) {
		t.Helper()
		p.await(&p.stderr, "made 1 file again")
		if text, code := p.ctl(binary, "ctl", "restart", "app"); code != 0 {
			t.Error(text)
		}
		p.await(&p.stdout, want)
	}
	p.write("app.in", "reload [${MUST}${MAY}] ${host}\n")
	if text, code := p.ctl(binary, "ctl", "reload", "app"); code != 0 {
		t.Error(text)
	}
	made("reload [] ${host}\n")
	p.write("app.in", "HUP [${MUST}${MAY}] ${host}\n")
	p.kill(syscall.SIGHUP)
	p.await(&p.stderr, "configuration read again")
	made("HUP [] ${host}\n")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)

	p = controlled(t, conf)
	p.Args = append(p.Args, "-t")
	p.write("app.in", "[${MUST}${MAY}] ${host}\n")
	p.start()
	p.wantCode(0)
	for _, want := range [...]string{"require: MAY may be empty\n", "variables: MUST, MAY, not set and left as they are: host\n"} {
		if text := p.stderr.String(); !strings.Contains(text, want) {
			t.Errorf("-t does not say %q:\n%s", want, text)
		}
	}
}
