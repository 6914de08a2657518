package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/eventually"
)

// show is a shell script that leaves in NAME.seen what its process is and may.
const show = `
{
	id
	grep -E '^(Uid|Gid|Groups|NoNewPrivs|Cap[A-Z][a-z]+):' /proc/self/status
	echo "umask $(umask), nofile $(ulimit -n), $(ulimit -Hn), core $(ulimit -Hc), nice $(nice), oom $(cat /proc/self/oom_score_adj)"
	pwd
	env | grep -v -E '^(_|PWD|OLDPWD|SHLVL)=' | sort
} >"$(dirname "$0")/$1.$$" && mv "$(dirname "$0")/$1.$$" "$(dirname "$0")/$1.seen"
`

// TestHelpersAreThePrograms: probes, the check before a reload and the search of a
// program's output have what the program has, and nothing more: user, groups,
// capabilities, limits, directory, environment.
func TestHelpersAreThePrograms(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]string{
		"little": "capabilities = none\nno_new_privs = true",
		"some":   "capabilities = net_bind_service",
		"user":   "",
	} {
		t.Run(name, func(t *testing.T) {
			open := t.TempDir() // for nobody
			for dir := open; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
				if err := os.Chmod(dir, 0o777); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(open, "show"), []byte(show), 0o644); err != nil {
				t.Fatal(err)
			}
			work := filepath.Join(open, "work")
			if err := os.Mkdir(work, 0o777); err != nil {
				t.Fatal(err)
			}
			p := controlled(t, `
[program-default]
user = nobody
directory = `+work+`
environment = OF_THE_PROGRAM="%(ENV_SECRET)s"
umask = 027
rlimit_nofile = 77:78
rlimit_core = 0
nice = 3
oom_score_adj = 300
startsecs = 0
`+settings+`
[program:app]
command = sh -c "trap '' HUP; sh `+open+`/show app; exec sleep 1000"
ready = exec:sh `+open+`/show ready
live = exec:sh `+open+`/show live
live_interval = 100ms
live_failures = 1000
reload_signal = HUP
reload_check = sh `+open+`/show check
[program:said]
command = sleep 1000
ready = log:never
`)
			p.Env = append(p.Env, "SECRET=of the container")
			p.start()
			p.await(&p.stderr, "app: ready")
			if text, code := p.ctl(binary, "ctl", "reload", "app"); code != 0 {
				t.Fatal(text)
			}
			seen := func(name string) (text string) {
				file := filepath.Join(open, name+".seen")
				eventually.So(t, file, func() bool {
					data, err := os.ReadFile(file)
					text = string(data)
					return err == nil
				}, p.stderr.String)
				return text
			}
			want := seen("app")
			for _, part := range []string{"(nobody)", "Uid:\t65534\t", "nofile 77, 78, core 0, nice 3, oom 300", work + "\n", "OF_THE_PROGRAM=of the container"} {
				if !strings.Contains(want, part) {
					t.Errorf("the program lacks %q:\n%s", part, want)
				}
			}
			for _, helper := range []string{"ready", "live", "check"} {
				if got := seen(helper); got != want {
					t.Errorf("%s has\n%s\nthe program has\n%s", helper, got, want)
				}
			}
			status, err := os.ReadFile("/proc/" + p.awaitGateways(1)[0] + "/status") // it searches
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(want) {
				if key, _, _ := strings.Cut(line, ":\t"); (strings.HasPrefix(key, "Cap") || key == "Uid" || key == "Gid" || key == "NoNewPrivs") && !strings.Contains(string(status), "\n"+line) {
					t.Errorf("the search lacks %q:\n%s", line, status)
				}
			}
			p.kill(syscall.SIGTERM)
			p.wantCode(0)
		})
	}
}
