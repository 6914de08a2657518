package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// given is a script that writes down what it was given, and then executes the rest of its
// arguments.
const given = `
name=$1; shift
{
	echo "user $(id -u) $(id -G), umask $(umask), in $(pwd), descriptors $(ulimit -Sn) $(ulimit -Hn), core $(ulimit -c)"
	echo "nice $(nice), score $(cat /proc/self/oom_score_adj), input $(readlink /proc/self/fd/0 | sed 's/[0-9].*//')"
	grep -E '^(NoNewPrivs|CapBnd)' /proc/self/status
	env | sort | grep -vE '^(PWD|OLDPWD|SHLVL|_|ENTRYPOINT_(PROGRAM|EVENT|PID|EXIT_CODE|VERDICT|SIGNAL))='
	echo end
} >"$OUT/$name.new"
mv "$OUT/$name.new" "$OUT/$name"
exec "$@"
`

// TestGiven: whatever is started for a program is given the same user, directory, environment,
// umask and limits as its main process: the checks of its files before it starts and when it
// reloads, its probes, its hooks.
func TestGiven(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string]string{
		"limits of its own":      "umask = 027\nrlimit_nofile = 512\nrlimit_core = 0\nnice = 3\noom_score_adj = 7\nno_new_privs = true\ncapabilities = chown\n",
		"those of the container": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := recording(t, keys)
			p.start()
			p.await(&p.stderr, "app: ready")
			p.await(&p.stdout, "it listens")
			want := p.read("out/main")
			if !strings.Contains(want, "user 65534") || !strings.Contains(want, "B=hidden\n") || strings.Contains(want, "HIDDEN=") {
				t.Errorf("the main process is given\n%s", want)
			}
			same := func(names ...string) {
				t.Helper()
				for _, n := range names {
					p.awaitFile("out/"+n, "end\n")
					if got := p.read("out/" + n); got != want {
						t.Errorf("%s is given\n%swant, as the main process:\n%s", n, got, want)
					}
				}
			}
			same("check", "ready", "live", "pre_start", "post_start")
			for _, reload := range []func(){
				func() {
					if text, code := p.ctl(binary, "ctl", "reload", "app"); code != 0 {
						t.Error(text)
					}
				},
				func() { p.kill(syscall.SIGHUP) }, // the last one: nobody tells when it is done
			} {
				if err := os.Remove(filepath.Join(p.Dir, "out/check")); err != nil {
					t.Error(err)
				}
				p.write("app.in", p.read("app.in")+"more\n")
				reload()
				same("check")
			}
			p.kill(syscall.SIGTERM)
			p.wantCode(0)
			same("pre_stop", "post_stop")
		})
	}
}

// recording is entry-point with a program whose processes write down what they were given.
func recording(t *testing.T, keys string) *initProcess {
	p := controlled(t, "")
	if err := os.Chmod(filepath.Dir(p.Dir), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range [...]string{"base/sub", "out"} {
		if err := os.MkdirAll(filepath.Join(p.Dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(p.Dir, "out"), 0o777); err != nil {
		t.Fatal(err)
	}
	p.write("given", given)
	p.write("app.in", "one\n")
	records := func(name, command string) string { return "sh " + p.Dir + "/given " + name + " " + command + "\n" }
	p.write("programs.conf", `
[supervisord]
directory = `+p.Dir+`/base
umask = 017
minfds = 600
[unix_http_server]
file = `+p.Dir+`/http.sock
[entrypoint]
oom_protect = off
template = `+p.Dir+`/app.in -> /run/app.conf
[program:app]
command = `+records("main", `sh -c "trap : HUP; echo it listens; while :; do sleep 1; done" /run/app.conf`)+
		`startsecs = 0
reload_signal = HUP
reload_check = `+records("check", "grep . /run/app.conf")+
		`ready = exec:`+records("ready", "true")+
		`live = exec:`+records("live", "true")+
		`live_interval = 1s
pre_start = `+records("pre_start", "true")+
		`post_start = `+records("post_start", "true")+
		`pre_stop = `+records("pre_stop", "true")+
		`post_stop = `+records("post_stop", "true")+
		`user = nobody
directory = sub
env_allow = PATH, OUT
environment = A="1",B="%(ENV_HIDDEN)s"
`+keys)
	p.inMounts("true")
	p.Env = append(p.Env, "OUT="+p.Dir+"/out", "HIDDEN=hidden")
	return p
}
