package supervisor

import (
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
)

// TestJournalOnStdout: what supervisord says of its programs goes, in its words, to the
// stream of the container that logfile= names.
func TestJournalOnStdout(t *testing.T) {
	var lines []string
	number := regexp.MustCompile(`pid \d+|\(\d+\)`)
	shape := regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (CRIT|ERRO|WARN|INFO) `)
	scenario{
		programs: []*config.Program{
			named("web"),
			named("crash", func(c *config.Program) { c.Autorestart = config.RestartNever }),
			named("short", func(c *config.Program) { c.StartRetries = 0 }),
			named("missing", func(c *config.Program) { c.StartRetries = 0 }),
			named("slow", func(c *config.Program) {
				c.StopSignals = []config.StopSignal{{Signal: syscall.SIGTERM, Wait: time.Second}}
			}),
		},
		container: config.Container{ExitOn: config.ExitOnNever, LogStream: 1, LogLevel: "info", Servers: []config.Server{{Network: "unix", Address: "/s"}}},
		journal: func(stream int, line string) {
			if stream != 1 || !shape.MatchString(line) {
				t.Errorf("%d %s", stream, line)
			}
			lines = append(lines, number.ReplaceAllString(shape.ReplaceAllString(line, "$1 "), "PID"))
		},
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			switch {
			case name == "short" && sig == 0:
				w.end(pid, 500*time.Millisecond, exitCode(1))
			case name == "crash" && sig == 0:
				w.end(pid, 3*time.Second, exitCode(1))
			case name != "slow":
				obedient(w, name, pid, sig)
			}
		},
		outside: func(w *world) {
			time.Sleep(4 * time.Second)
			w.signals <- syscall.SIGUSR2
			time.Sleep(time.Second)
			w.signals <- syscall.SIGTERM
		},
	}.run(t)
	for _, want := range []string{
		"INFO RPC interface 'supervisor' initialized",
		"CRIT Server 'unix_http_server' running without any HTTP authentication checking",
		"INFO supervisord started with PID",
		"INFO spawned: 'web' with PID",
		"INFO success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)",
		"WARN exited: crash (exit status 1; not expected)",
		"WARN exited: short (exit status 1; not expected)",
		"INFO gave up: short entered FATAL state, too many start retries too quickly",
		"INFO spawnerr: can't find command 'missing'",
		"INFO received SIGUSR2 indicating log reopen request",
		"INFO supervisord logreopen",
		"WARN received SIGTERM indicating exit request",
		"INFO waiting for web, slow to die",
		"WARN stopped: web (terminated by SIGTERM)",
		"WARN killing 'slow' PID with SIGKILL",
		"WARN stopped: slow (terminated by SIGKILL)",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("there is no %q in\n%s", want, strings.Join(lines, "\n"))
		}
	}
}
