package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/skip"
)

// inContainers are the examples that tests of their own run in containers.
var inContainers = []string{"flask", "kubernetes", "supervisord", "swarm"}

// TestExamples does what the README of each example says: the commands of its console
// blocks are run in the example's folder, with entry-point as PID 1, and print what
// stands below them.
func TestExamples(t *testing.T) {
	t.Parallel()
	readmes, err := filepath.Glob("../../examples/*/README.md")
	if err != nil || len(readmes) < 20 {
		t.Fatalf("%d examples, %v", len(readmes), err)
	}
	folders, _ := filepath.Glob("../../examples/*/")
	for _, folder := range folders {
		if name := filepath.Base(folder); name != "internal" && !slices.Contains(readmes, filepath.Join(folder, "README.md")) {
			t.Errorf("examples/%s has no README.md", name)
		}
	}
	for _, readme := range readmes {
		folder := filepath.Dir(readme)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(readme)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(inContainers, filepath.Base(folder)) {
				return
			}
			runReadme(t, folder, string(text))
		})
	}
}

// inFolder is how an example is run: in namespaces of its own, where $1 is /srv, its
// nginx.conf is nginx's, and /run is empty, as in a new container.
const inFolder = `
mount --make-rprivate / && mount -t proc proc /proc && mount -t tmpfs tmpfs /run && mount --bind "$1" /srv && ip link set lo up && cd /srv || exit
! [ -e /etc/supervisor ] || mount -t tmpfs tmpfs /etc/supervisor || exit
! [ -e nginx.conf ] || mount --bind nginx.conf /etc/nginx/nginx.conf || exit
eval "exec env $2"
`

// typist is who types the commands of a README.
type typist struct {
	t       *testing.T
	folder  string
	p       *initProcess // nil: none has been started
	seen    int          // how many lines of its output have been read
	code    int          // of the last command
	running bool         // the last command is p
}

func runReadme(t *testing.T, folder, text string) {
	t.Helper()
	skip.Unless(t, os.Geteuid() == 0, "root, for namespaces")
	for _, tool := range []string{"ip", "nsenter", "curl", "nginx", "gunicorn", "celery", "envsubst"} {
		skip.Unless(t, has(tool), tool)
	}
	fpm, _ := filepath.Glob("/usr/sbin/php-fpm[0-9]*") // Debian's name of php-fpm
	skip.Unless(t, has("php-fpm") || len(fpm) > 0, "php-fpm")
	_, err := os.Stat("/usr/lib/python3/dist-packages/django")
	skip.Unless(t, err == nil, "python3-django")
	dir, err := os.MkdirTemp("", "entry-point-example-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	_ = os.Chmod(dir, 0o755) // a program may run as another user
	if err := os.CopyFS(filepath.Join(dir, "srv"), os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	s := &typist{t: t, folder: filepath.Join(dir, "srv")}
	_ = os.Mkdir(filepath.Join(dir, "bin"), 0o755)
	if len(fpm) > 0 {
		_ = os.Symlink(fpm[0], filepath.Join(dir, "bin", "php-fpm"))
	}
	for _, tool := range []string{"postgres", "initdb", "psql"} { // which Debian keeps out of PATH
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + tool)
		skip.Unless(t, len(found) > 0, tool)
		_ = os.Symlink(found[len(found)-1], filepath.Join(dir, "bin", tool))
	}
	if _, err := os.Stat(filepath.Join(folder, "entry-point.conf")); err == nil {
		s.command("entry-point -t", nil)
		if s.code != 0 {
			t.Error("entry-point -t finds mistakes")
		}
	}
	ran := 0
	for _, block := range regexp.MustCompile("(?ms)^```console\n(.*?)^```").FindAllStringSubmatch(text, -1) {
		var command string
		var want []string
		for line := range strings.Lines(block[1] + "$ \n") {
			line = strings.TrimSuffix(line, "\n")
			if next, is := strings.CutPrefix(line, "$ "); is || line == "^C" {
				if command != "" {
					s.typed(command, want)
					ran++
				}
				command, want = next, nil
				if line == "^C" {
					command = line
				}
				continue
			}
			want = append(want, line)
		}
	}
	if ran == 0 {
		t.Error("its README shows no command")
	}
	s.ended()
}

// startsInit is what starts entry-point as PID 1; other commands are its guests.
var startsInit = regexp.MustCompile(`^([A-Z_]+=\S+ )*entry-point( |$)`)

// typed runs one command of a README, and compares what it prints.
func (s *typist) typed(command string, want []string) {
	s.t.Helper()
	words := strings.Fields(command)
	switch {
	case command == "echo $?":
		if s.running {
			s.code, s.running = s.p.code(), false
			s.p = nil
		}
		if got := itoa(s.code); len(want) != 1 || got != want[0] {
			s.t.Errorf("exit code %s, want %q", got, want)
		}
	case command == "fg": // back to the terminal in which entry-point runs
		s.running = true
		s.await(want)
	case command == "^C":
		s.p.kill(syscall.SIGINT)
		s.running = true
		s.await(want)
	case startsInit.MatchString(command) && !slices.ContainsFunc(words, func(w string) bool { return slices.Contains([]string{"ctl", "help", "-t", "-h", "-V", "--setup"}, w) }):
		s.ended()
		s.p = prepare(s.t)
		s.p.Args = []string{"sh", "-c", inFolder, "sh", s.folder, command}
		s.p.Path = "/bin/sh"
		s.p.Env = s.environment()
		s.p.SysProcAttr.Cloneflags |= syscall.CLONE_NEWNET
		s.p.Stderr = &s.p.stdout
		s.p.start()
		s.prepared()
		s.seen, s.running = 0, true
		s.await(want)
	default:
		s.command(command, want)
		s.running = strings.HasPrefix(command, "kill ") // which may end it
	}
}

// prepared waits until the namespaces of entry-point are as it finds them: before that a
// guest has no network, and a signal to PID 1 is lost.
func (s *typist) prepared() {
	s.t.Helper()
	eventually.So(s.t, "entry-point in place of the shell", func() bool {
		name, err := os.ReadFile("/proc/" + itoa(s.p.Process.Pid) + "/comm")
		return err != nil || string(name) == "entry-point\n" // an error: it has ended already
	}, s.output)
}

func (s *typist) environment() []string {
	return []string{"PATH=" + filepath.Dir(binary) + ":" + filepath.Dir(s.folder) + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "ENTRYPOINT_SETUP=off"}
}

// command runs a command beside entry-point, or where that does not run in the same
// folder.
func (s *typist) command(command string, want []string) {
	s.t.Helper()
	c := exec.Command("sh", "-c", inFolder, "sh", s.folder, "sh -c '"+strings.ReplaceAll(command, "'", `'\''`)+"'")
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET}
	if s.p != nil {
		c = exec.Command("nsenter", "--target", itoa(s.p.Process.Pid), "--mount", "--pid", "--net", "sh", "-c", "cd /srv && "+command)
	}
	c.Env = s.environment()
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		s.t.Fatal(err)
	}
	s.code = c.ProcessState.ExitCode()
	if want != nil && !pattern(want).Match(out) {
		s.t.Errorf("%s prints\n%s\nand not\n%s\nentry-point says\n%s", command, out, strings.Join(want, "\n"), s.output())
	}
}

func (s *typist) output() string {
	if s.p == nil {
		return ""
	}
	return s.p.stdout.String()
}

// pattern matches these lines; "..." stands for anything, on a line of its own for any
// lines.
func pattern(lines []string) *regexp.Regexp {
	var p strings.Builder
	for _, line := range lines {
		if line == "..." {
			p.WriteString("(.*\n)*?")
			continue
		}
		p.WriteString(lineOf(line) + "\n")
	}
	return regexp.MustCompile("^" + p.String() + "$")
}

func lineOf(line string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(line), `\.\.\.`, ".*") + " *"
}

// await waits until entry-point has printed these lines, in any order and with others
// between them.
func (s *typist) await(want []string) {
	s.t.Helper()
	for _, line := range want {
		if line != "..." {
			s.p.awaitMatch(regexp.MustCompile("(?m)^"+lineOf(line)+"$"), s.seen)
		}
	}
	s.seen = len(s.p.stdout.String())
}

// ended stops entry-point, if it still runs.
func (s *typist) ended() {
	s.t.Helper()
	if s.p == nil {
		return
	}
	select {
	case <-s.p.done:
	default:
		_ = s.p.Process.Signal(syscall.SIGTERM) // it may have ended just now
	}
	s.p.wantCode(0)
	s.p = nil
}

// awaitMatch waits until what it prints from byte from on matches.
func (p *initProcess) awaitMatch(want *regexp.Regexp, from int) {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		changed := p.stdout.next()
		if want.MatchString(p.stdout.String()[from:]) {
			return
		}
		select {
		case <-changed:
		case <-p.done:
			if text := p.stdout.String(); !want.MatchString(text[from:]) {
				p.t.Fatalf("ended (%v) without a line %s:\n%s", p.ProcessState, want, text)
			}
			return
		case <-deadline:
			p.t.Fatalf("has printed no line %s:\n%s", want, p.stdout.String())
		}
	}
}
