package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/skip"
)

// TestProgramHooks: hooks run as the program's user, in its directory and environment,
// hand variables over on descriptor 3, print where the program prints, and a pre_stop that
// sleeps for ever does not keep the container from ending in time.
func TestProgramHooks(t *testing.T) {
	t.Parallel()
	p := controlled(t, `
[program:web]
command = sh -c 'echo "web $(id -u) $HANDED"; exec sleep 1000'
directory = /usr
user = nobody
umask = 027
environment = A="1"
startsecs = 0
pre_start = sh -c 'echo "prepares $ENTRYPOINT_PROGRAM $ENTRYPOINT_EVENT $(id -u) $(pwd) $(umask) $A"; echo "HANDED=x y" >&3; echo HANDED2=2 >&3'
post_start = sh -c 'kill -0 $ENTRYPOINT_PID && echo "ready $HANDED"'
pre_stop = sh -c 'echo "leaves $HANDED2"; exec sleep 1000'
post_stop = sh -c 'echo "gone $ENTRYPOINT_EXIT_CODE $ENTRYPOINT_SIGNAL: $ENTRYPOINT_VERDICT"'
`)
	p.Env = append(p.Env, "ENTRYPOINT_STOP_BUDGET=5s", "ENTRYPOINT_LOG_FORMAT=prefix")
	p.start()
	p.await(&p.stdout, "web | ready x y\n")
	p.await(&p.stdout, "web | web 65534 x y\n")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	for _, want := range []string{"web | prepares web pre_start 65534 /usr 0027 1\n", "web | leaves", "web | gone 143 SIGTERM: killed by SIGTERM\n"} {
		if !strings.Contains(p.stdout.String(), want) {
			t.Errorf("nothing has printed %q:\n%s", want, p.stdout.String())
		}
	}
	for _, want := range []string{"web: running pre_stop, then stopping with SIGTERM\n", "because its time was up\n"} {
		if !strings.Contains(p.stderr.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, p.stderr.String())
		}
	}
}

// TestHooksOfEveryKind: hooks of processes on a socket, of an event listener, of a group, of a
// program that somebody starts, and of work that is done once.
func TestHooksOfEveryKind(t *testing.T) {
	t.Parallel()
	volume := t.TempDir()
	hooks := ""
	for _, hook := range [...]string{"pre_start", "post_start", "pre_stop", "post_stop"} {
		hooks += hook + ` = sh -c 'echo "$ENTRYPOINT_PROGRAM $ENTRYPOINT_EVENT"'` + "\n"
	}
	conf := "[entrypoint]\nexit_on = never\n[program-default]\nstartsecs = 0\n" + hooks + `
[fcgi-program:php]
command = sleep 1000
socket = unix://` + volume + `/php.sock
numprocs = 2
process_name = %(process_num)d
[eventlistener:ear]
command = sleep 1000
events = TICK_60
startsecs = 0
` + hooks + `[program:by-hand]
command = sleep 1000
autostart = false
[group:both]
programs = a,b
[program:a]
command = sleep 1000
[program:b]
command = sleep 1000
[program:work]
command = sh -c "until [ -e ` + volume + `/go ]; do sleep 0.02; done"
type = oneshot
once = per-volume
once_dir = ` + volume + "\n"
	for run, want := range [...]string{"pre_start post_start post_stop", ""} {
		p := controlled(t, conf)
		p.start()
		for _, name := range [...]string{"php:0", "php:1", "ear", "both:a", "both:b"} {
			p.await(&p.stderr, name+": running")
			p.awaitEither(name + " post_start\n")
		}
		for _, args := range [...][]string{{"start", "by-hand"}, {"stop", "both:*"}, {"restart", "php:0"}} {
			if text, code := p.ctl(binary, append([]string{"ctl"}, args...)...); code != 0 {
				t.Error(text)
			}
		}
		p.awaitEither("by-hand post_start\n")
		if run == 0 {
			p.awaitEither("work post_start\n")
			writeIn(t, volume, "go", "")
		}
		p.await(&p.stderr, "work: "+[...]string{"ended", "has run before"}[run])
		p.kill(syscall.SIGTERM)
		p.wantCode(0)
		said := p.stdout.String() + p.stderr.String() // a listener's stdout has no reader
		const all = "pre_start post_start pre_stop post_stop"
		for name, want := range map[string]string{"php:0": "pre_start post_start pre_stop post_stop pre_start", "php:1": all, "ear": all, "by-hand": all, "both:a": all, "both:b": all, "work": want} {
			var ran []string
			for line := range strings.Lines(said) {
				if event, is := strings.CutPrefix(line, name+" "); is {
					ran = append(ran, strings.TrimSpace(event))
				}
			}
			if got := strings.Join(ran, " "); got != want && !(name == "php:0" && strings.HasPrefix(got, want)) {
				t.Errorf("run %d: hooks of %s: %s, want %s; log:\n%s", run, name, got, want, said)
			}
		}
	}
}

// awaitEither waits until text stands in what is printed on stdout or stderr.
func (p *initProcess) awaitEither(text string) {
	p.t.Helper()
	eventually.So(p.t, text, func() bool { return strings.Contains(p.stdout.String()+p.stderr.String(), text) }, p.stderr.String)
}

// TestPreStartFails: a start whose pre_start hook fails has failed, with the hook's code and
// words, and ctl says so.
func TestPreStartFails(t *testing.T) {
	t.Parallel()
	p := controlled(t, `
[entrypoint]
exit_on = never
[program:web]
command = sh -c 'echo never'
autostart = false
startretries = 0
pre_start = sh -c 'echo "no such table" >&2; exit 3'
post_stop = sh -c 'echo "cleans up after $ENTRYPOINT_EXIT_CODE: $ENTRYPOINT_VERDICT"'
`)
	p.start()
	p.awaitSocket()
	text, code := p.ctl(binary, "ctl", "start", "web")
	if code == 0 || !strings.Contains(text, "pre_start exited with code 3: no such table") {
		t.Errorf("ctl start: code %d\n%s", code, text)
	}
	if text, _ := p.ctl(binary, "ctl", "status"); !strings.Contains(text, "FATAL") || !strings.Contains(text, "given up: pre_start exited with code 3: no such table") {
		t.Errorf("ctl status:\n%s", text)
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if out := p.stdout.String(); strings.Contains(out, "never") || !strings.Contains(out, "cleans up after 3: pre_start exited with code 3: no such table\n") {
		t.Errorf("stdout:\n%s", out)
	}
}

// inImage runs the rest of its arguments in a root directory that is the machine's, but for
// scripts for the start, which it takes from the directory SCRIPTS.
const inImage = `
set -e
mount --make-rprivate /
root=$SCRIPTS/root
mkdir -p "$root"
mount -t tmpfs -o mode=755 tmpfs "$root"
for top in /*; do
	if [ -L "$top" ]; then
		cp -P "$top" "$root$top"
	elif [ -d "$top" ]; then
		mkdir "$root$top"
		mount --rbind "$top" "$root$top"
	fi
done
cp -a "$SCRIPTS/docker-entrypoint.d" "$root"
chown -R 0:0 "$root/docker-entrypoint.d"
dir=$(pwd)
exec chroot "$root" sh -c 'cd "$0" && exec "$@"' "$dir" "$@"
`

// image prepares entry-point in an image with these scripts in /docker-entrypoint.d.
func image(t *testing.T, scripts map[string]string, args ...string) *initProcess {
	t.Helper()
	p := prepare(t)
	at := t.TempDir()
	dir := filepath.Join(at, "docker-entrypoint.d")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range scripts {
		mode := os.FileMode(0o755)
		if name == "README" {
			mode = 0o644
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	p.Path, p.Args = sh, append([]string{"sh", "-c", inImage, "sh", binary}, args...)
	p.Env = append(p.Env, "SCRIPTS="+at, "ENTRYPOINT_SOCKET=none", "ENTRYPOINT_SETUP=off")
	return p
}

// TestScripts: the scripts of an image run before anything else, what they export is known
// to all that is started, and to the values of the configuration.
func TestScripts(t *testing.T) {
	t.Parallel()
	p := image(t, map[string]string{
		"10-who.sh":    "#!/bin/sh\necho \"as $(id -u): ${A-unset}\"\necho B=two >&3\n",
		"20-env.envsh": "export A=one C=\"$B and more\"\nunset GONE\n",
		"30-see":       "#!/bin/sh\necho \"$A, $C\" >&2\n",
		"README":       "",
	}, "-c", "programs.conf")
	p.Env = append(p.Env, "GONE=1")
	p.write("programs.conf", "[program:web]\ncommand = sh -c 'echo \"web: $A, $B, %(ENV_C:-none)s, ${GONE-gone}\"; exec sleep 1000'\n")
	p.start()
	p.await(&p.stdout, "web: one, two, two and more, gone\n")
	if !strings.HasPrefix(p.stdout.String(), "as 0: unset\n") {
		t.Errorf("stdout:\n%s", p.stdout.String())
	}
	if text := p.stderr.String(); !strings.Contains(text, "one, two and more\n") || !strings.Contains(text, "entry-point: hooks: ran 3 scripts in ") {
		t.Errorf("stderr:\n%s", text)
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestScriptFails: the start ends with the code of a script that fails, with its name and
// its last lines; without the step it goes on.
func TestScriptFails(t *testing.T) {
	t.Parallel()
	failing := map[string]string{"10-db.sh": "#!/bin/sh\necho connecting\necho no database >&2\nexit 9\n"}
	p := image(t, failing, "-d", "--", "echo", "never")
	p.start()
	p.wantCode(9)
	if text := p.stderr.String(); !strings.Contains(text, "hooks: /docker-entrypoint.d/10-db.sh exited with code 9: connecting; no database\n") || strings.Contains(p.stdout.String(), "never") {
		t.Errorf("stderr:\n%sstdout:\n%s", text, p.stdout.String())
	}
	p = image(t, failing, "-d", "--", "echo", "goes on")
	p.Env = append(p.Env, "ENTRYPOINT_PRELUDE_SKIP=hooks")
	p.start()
	p.await(&p.stdout, "goes on")
	p.wantCode(0)
	p = image(t, failing, "echo", "a command")
	p.start()
	p.wantCode(0)
	if text := p.stdout.String() + p.stderr.String(); text != "a command\n" {
		t.Errorf("a plain command prints %q", text)
	}
}

// TestScriptMakesConfiguration: what a script has written is known at the first start: where
// the server of a program listens, and so when it is ready.
func TestScriptMakesConfiguration(t *testing.T) {
	t.Parallel()
	_, err := exec.LookPath("nginx")
	skip.Unless(t, err == nil, "nginx")
	p := image(t, map[string]string{"1.sh": "#!/bin/sh\necho \"daemon off; pid $PWD/pid; events {} http { access_log off; server { listen unix:$PWD/sock; } }\" >made.conf\n"}, "-c", "programs.conf")
	p.write("programs.conf", "[program:web]\ncommand = nginx -c "+p.Dir+"/made.conf -e stderr\n")
	p.start()
	p.await(&p.stderr, "web: ready, accepts connections on "+p.Dir+"/sock")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestScriptIsStopped: a stop signal reaches the script that runs, and ends the prelude.
func TestScriptIsStopped(t *testing.T) {
	t.Parallel()
	const deaf = "trap '' TERM; echo waits; sleep 1000"
	for _, test := range []struct{ script, env, conf, printed, said string }{
		{"trap 'echo got TERM; exit 0' TERM; echo waits; sleep 1000 & wait", "ENTRYPOINT_STOP_BUDGET=500ms", "", "got TERM", ""},
		{deaf, "ENTRYPOINT_STOP_BUDGET=500ms", "", "", "it has not ended within 500ms"},
		{deaf, "A=1", "stop_budget = 400ms", "", "it has not ended within 400ms"},
	} {
		p := image(t, map[string]string{"1.sh": test.script}, "-d", "--", "echo", "never")
		p.write("entry-point.conf", "[entrypoint]\n"+test.conf+"\n")
		p.Env = append(p.Env, test.env)
		p.start()
		p.await(&p.stdout, "waits")
		p.kill(syscall.SIGTERM)
		p.wantCode(128 + int(syscall.SIGTERM))
		if text := p.stderr.String(); !strings.Contains(text, "hooks aborted by SIGTERM") || !strings.Contains(text, test.said) || !strings.Contains(p.stdout.String(), test.printed) || strings.Contains(p.stdout.String(), "never") {
			t.Errorf("%q %q: stdout:\n%sstderr:\n%s", test.env, test.conf, p.stdout.String(), text)
		}
	}
}

// TestHooksAreChecked: -t says what would be run, and what of it could not.
func TestHooksAreChecked(t *testing.T) {
	t.Parallel()
	p := image(t, map[string]string{"1.sh": "#!/no/such\n", "2.envsh": ""}, "-t", "-c", "programs.conf")
	p.write("programs.conf", "[program:web]\ncommand = sleep 1000\npre_start = /no/such/hook\npost_stop = sh /no/such/script\npre_stop_hook = tcp://127.0.0.1:1\n")
	p.start()
	p.wantCode(0)
	for _, want := range []string{
		"before the start: hooks: runs /docker-entrypoint.d/1.sh, which cannot be done as it is here: ",
		"before the start: hooks: sources /docker-entrypoint.d/2.envsh and keeps its variables\n",
		"programs.conf:3: [program:web] pre_start: cannot run \"/no/such/hook\": no such file or directory\n",
		"programs.conf:4: [program:web] post_stop: cannot run \"sh\": its script \"/no/such/script\": no such file or directory\n",
		"programs.conf:5: [program:web] pre_stop_hook: only a command is understood",
	} {
		if !strings.Contains(p.stderr.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, p.stderr.String())
		}
	}
}
