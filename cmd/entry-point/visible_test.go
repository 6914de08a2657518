package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/visible"
)

// TestNobodyForgesALine: what a program is called, what it prints last and what
// others write as its error stand in our own lines without a character that a
// terminal obeys; what it prints itself passes as it is.
func TestNobodyForgesALine(t *testing.T) {
	t.Parallel()
	const odd = "\u202egpj\u009b31m\u2028\u200b"
	shown := visible.Line(odd)
	for _, format := range []string{"plain", "prefix"} {
		t.Run(format, func(t *testing.T) {
			p := controlled(t, `
[entrypoint]
exit_on = never
log_format = `+format+`
[supervisord]
logfile = main.log
[program:evil`+odd+`]
command = sh -c "printf 'last `+odd+`\n' >&2; exit 3"
autorestart = false
startsecs = 0
exitcodes = 0
[program:lost]
command = /nowhere/`+odd+`
autorestart = false
[program:asked]
command = sleep 1000
ready = exec:sh -c "echo 'answer `+odd+`'; exit 1"
ready_timeout = 1s
ready_failure = fatal
startsecs = 0
`)
			termination := filepath.Join(p.Dir, "termination")
			p.write("termination", "")
			p.Env = append(p.Env, "ENTRYPOINT_TERMINATION_LOG="+termination)
			p.start()
			p.awaitSocket()
			p.await(&p.stderr, "evil"+shown+": ")
			p.await(&p.stderr, "/nowhere/"+shown)
			p.await(&p.stderr, "answer "+shown)
			p.await(&p.stderr, "last "+odd+"\n") // its own
			for _, args := range [][]string{{"status"}, {"events"}, {"status", "nobody" + odd}, {"health"}, {"top", "--once"}} {
				text, _ := p.ctl(binary, append([]string{"ctl"}, args...)...)
				if at := strings.IndexAny(text, odd); at >= 0 && strings.ContainsAny(text, "\u202e\u009b\u2028\u200b") {
					t.Errorf("%q: %q", args, text)
				}
			}
			if text, _ := p.ctl(binary, "ctl", "status"); !strings.Contains(text, "evil"+shown) {
				t.Errorf("status: %q", text)
			}
			link := filepath.Join(t.TempDir(), "supervisorctl")
			if err := os.Symlink(binary, link); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"status"}, {"avail"}, {"pid", "x" + odd}} {
				if text, _ := p.ctl(link, args...); strings.ContainsAny(text, "\u202e\u009b\u2028\u200b") {
					t.Errorf("supervisorctl %q: %q", args, text)
				}
			}
			p.kill(syscall.SIGTERM)
			p.wantCode(0)
			for line := range strings.Lines(p.stderr.String()) {
				own := strings.HasPrefix(line, "entry-point: ") // of ours, or a program's with its name before it
				name, _, _ := strings.Cut(line, " | ")
				if own && strings.ContainsAny(line, "\u202e\u009b\u2028\u200b") || format == "prefix" && strings.ContainsAny(name, "\u202e\u009b\u2028\u200b") {
					t.Errorf("our log: %q", line)
				}
			}
			for _, file := range []string{"main.log", "termination"} {
				if text := p.read(file); strings.ContainsAny(text, "\u202e\u009b\u2028\u200b") {
					t.Errorf("%s: %q", file, text)
				}
			}
			if text := p.read("main.log"); !strings.Contains(text, "evil"+shown) {
				t.Errorf("main.log: %q", text)
			}
		})
	}
}

// TestNobodyForgesLastWords: nor do they come to Kubernetes.
func TestNobodyForgesLastWords(t *testing.T) {
	t.Parallel()
	p := prepare(t, "/nowhere/\u202eexe\u009b1m")
	p.write("termination", "")
	p.Env = append(p.Env, "ENTRYPOINT_TERMINATION_LOG="+filepath.Join(p.Dir, "termination"))
	p.start().wantCode(127)
	for what, text := range map[string]string{"stderr": p.stderr.String(), "termination": p.read("termination")} {
		if !strings.Contains(text, `/nowhere/\u202eexe\u009b1m`) {
			t.Errorf("%s: %q", what, text)
		}
	}
}
