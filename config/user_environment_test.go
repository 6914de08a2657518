package config

import (
	"slices"
	"strings"
	"testing"

	"entrypoint/supervisor/skip"
)

// TestUserEnvironment: where the file is ours, a program with a user has the HOME, USER
// and LOGNAME of his account, as gosu has it, and where it is supervisord's it has
// those that entry-point has. What the file says stands above.
func TestUserEnvironment(t *testing.T) {
	skip.UnlessRoot(t, "to be another user")
	const nobody = "HOME=/nonexistent USER=nobody LOGNAME=nobody"
	const theirs = "[supervisord]\n"
	for _, c := range []struct{ global, keys, want string }{
		{"", "", ""},
		{"", "user=nobody", nobody},
		{"", "user=65534", nobody},
		{"", "user=nobody:root", nobody},
		{"", "user=root", "HOME=/root USER=root LOGNAME=root"},
		{"", "user=:nogroup", "HOME=/root USER=root LOGNAME=root"},
		{"", "user=4242:4242", "HOME=/ USER=4242 LOGNAME=4242"},
		{"", "environment=HOME=/data,X=%(ENV_USER)s\nuser=nobody", "HOME=/data USER=nobody LOGNAME=nobody X=nobody"},
		{"", "user=nobody\nuser_environment=off", ""},
		{"[program-default]\nuser=nobody\nenvironment=LOGNAME=x\n", "", "HOME=/nonexistent USER=nobody LOGNAME=x"},
		{"[program-default]\nuser=nobody\nuser_environment=off\n", "user_environment=on", nobody},
		{theirs, "user=nobody", ""},
		{theirs, "user=nobody\nuser_environment=on", nobody},
		{theirs + "user=nobody\nenvironment=HOME=/all\n", "user_environment=yes", "HOME=/all USER=nobody LOGNAME=nobody"},
		{theirs + "user=nobody\n", "environment=X=1", "X=1"},
	} {
		cfg := mustLoad(t, c.global+"[program:a]\ncommand=a\n"+c.keys+"\n")
		if got := cfg.Programs[0].Environment; !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%q %q: %q, want %q", c.global, c.keys, got, c.want)
		}
	}
	// Every process of a program has them, also where its own variables differ.
	cfg := mustLoad(t, "[program:a]\ncommand=a %(ENV_HOME)s\nuser=nobody\nprocess_name=%(process_num)d\nnumprocs=2\nenvironment=N=\"%(process_num)d\"\n")
	for _, p := range cfg.Programs {
		if got := strings.Join(append(p.Environment, p.Command...), " "); got != nobody+" N="+p.Name+" a /nonexistent" {
			t.Error(got)
		}
	}
}

// TestDefaultEnvironmentOfProcesses: variables of [program-default] are merged for each
// process, and each sees its own number in them.
func TestDefaultEnvironmentOfProcesses(t *testing.T) {
	cfg := mustLoad(t, "[program-default]\nenvironment=A=\"%(process_num)d\",B=2\n[program:a]\ncommand=a %(ENV_A)s%(ENV_B)s\nprocess_name=%(process_num)d\nnumprocs=2\nenvironment=B=3\n")
	for _, p := range cfg.Programs {
		if got := strings.Join(append(p.Environment, p.Command...), " "); got != "A="+p.Name+" B=3 a "+p.Name+"3" {
			t.Error(got)
		}
	}
}
