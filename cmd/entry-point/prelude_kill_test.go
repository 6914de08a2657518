package main_test

import (
	"bufio"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/skip"
)

// The crash test kills this many starts of a prelude, a few in a row in each place.
const (
	killedStarts = 300
	killsInARow  = 6
)

// place is what a container keeps when it is killed and started again: its working
// directory, /etc, /run and /tmp.
type place struct {
	t   *testing.T
	dir string
}

// inPlace begins a start in a place: $1 is the place, $2 the directory of the binary.
const inPlace = `
mount --make-rprivate / && mount -t proc proc /proc && mount --bind "$2" /mnt && mount --bind "$1/srv" /srv && mount --bind "$1/etc" /etc &&
mount --bind "$1/run" /run && cd /srv && mount --bind "$1/tmp" /tmp && echo begins && exec /mnt/entry-point --setup-policy changed`

// newPlace makes a place in which each step of the prelude has something to do.
func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{t, t.TempDir()}
	for name, text := range map[string]string{
		"srv/entry-point.conf": `[entrypoint]
secrets = PASSWORD
sizing = auto
require_env = PASSWORD, PORT:port=8000
own = data:1234:1234
template = a.in -> made/a.conf, b.in -> made/b.conf 0640, c.in -> made/c.conf 0600 1234:1234
wait_for = file:a.in
[program:web]
command = sh -c 'unset PWD; env | sort >made/environment; echo "the web is here"; exec sleep 1000'
startsecs = 0
environment = FROM_HOOK="%(ENV_HOOKED:-not yet)s", CPUS="%(cpus)s"
`,
		"srv/a.in": "a ${PASSWORD} ${PORT} $host\n", "srv/b.in": "b ${PORT:-1}\n", "srv/c.in": strings.Repeat("c ${PASSWORD:+set}\n", 2000),
		"srv/made/a.conf": "of the last version", "srv/secret": "it is secret\n",
		"srv/package.json": "{}", "srv/package-lock.json": "{}",
		"srv/bin/node": "#!/bin/sh\necho v20.0.0\n", "srv/bin/npm": "#!/bin/sh\nmkdir -p node_modules && echo \"$*\" >node_modules/.package-lock.json\n",
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n", "etc/group": "root:x:0:\nnogroup:x:65534:\n",
		"etc/entry-point.d/10.envsh": "export HOOKED=\"by a hook\"\n", "etc/entry-point.d/20.sh": "#!/bin/sh\necho done >/srv/made/hook.new && mv /srv/made/hook.new /srv/made/hook\n",
		"run/.keep": "", "tmp/.keep": "",
	} {
		p.write(name, text)
	}
	for i := range 200 {
		p.write(fmt.Sprintf("srv/data/%d/%d", i%10, i), "x")
	}
	if err := os.Chmod(p.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *place) write(name, text string) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	mode := fs.FileMode(0o644)
	if strings.HasPrefix(text, "#!") || strings.HasSuffix(name, ".envsh") {
		mode = 0o755
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		p.t.Fatal(err)
	}
}

// start starts entry-point there, and returns when it has begun.
func (p *place) start() (*exec.Cmd, *bufio.Reader, *strings.Builder) {
	p.t.Helper()
	c := exec.Command("/bin/sh", "-c", inPlace, "sh", p.dir, filepath.Dir(binary))
	c.Env = []string{"PATH=/srv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PASSWORD_FILE=/srv/secret", "ENTRYPOINT_SOCKET=/run/control.sock"}
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
	out, err := c.StdoutPipe()
	said := &strings.Builder{}
	c.Stderr = said
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if line, _ := lines.ReadString('\n'); line != "begins\n" {
		_ = c.Wait()
		p.t.Fatalf("it has not begun: %q %s", line, said)
	}
	return c, lines, said
}

// whole starts it to the end of the prelude, which takes the time that is returned, and
// stops it.
func (p *place) whole() (took time.Duration) {
	p.t.Helper()
	begin := time.Now()
	c, lines, said := p.start()
	for {
		line, err := lines.ReadString('\n')
		if line == "the web is here\n" {
			break
		}
		if err != nil {
			_ = c.Wait()
			p.t.Fatalf("it has ended without its program: %s", said)
		}
	}
	took = time.Since(begin)
	_ = c.Process.Signal(syscall.SIGTERM)
	if err := c.Wait(); err != nil {
		p.t.Errorf("%v: %s", err, said)
	}
	return took
}

// killed starts it, and kills it after a time.
func (p *place) killed(after time.Duration) {
	p.t.Helper()
	c, _, _ := p.start()
	time.Sleep(after) // this time is what the test is about
	_ = c.Process.Kill()
	_ = c.Wait()
}

// everything is each file of the place with its type, mode, owner and contents; of the
// marker of the setup only that it is there, for it has times.
func (p *place) everything() string {
	p.t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		fmt.Fprintf(&b, "%s %v %d:%d %d", strings.TrimPrefix(path, p.dir), info.Mode(), stat.Uid, stat.Gid, b2i(!d.IsDir())*int(stat.Nlink))
		if d.Type().IsRegular() && d.Name() != "debug0" && !strings.HasPrefix(path, p.dir+"/srv/data/") {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %q", text)
		}
		b.WriteByte('\n')
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return b.String()
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestPreludeKilled: a prelude with all steps is killed at 300 random moments. The start
// after that has the result of a start that nobody has disturbed: files, owners, modes,
// the environment of the program; and nothing is left over.
func TestPreludeKilled(t *testing.T) {
	t.Parallel()
	skip.Unless(t, os.Geteuid() == 0, "root, for namespaces")
	undisturbed := newPlace(t)
	took := undisturbed.whole()
	want := undisturbed.everything()
	for _, part := range []string{
		"/srv/made/a.conf -rw-r--r-- 0:0 1 \"a it is secret 8000 $host\\n\"", "/srv/made/b.conf -rw-r----- 0:0", "/srv/made/c.conf -rw------- 1234:1234", "/srv/data/3/33 -rw-r--r-- 1234:1234",
		"/srv/node_modules/.package-lock.json", "/srv/debug0", "/srv/made/hook ", `FROM_HOOK=by a hook\n`, `HOOKED=by a hook\n`, `PASSWORD=it is secret\n`, `ENTRYPOINT_CPUS=`, `WEB_CONCURRENCY=`,
	} {
		if !strings.Contains(want, part) {
			t.Fatalf("a whole start has made no %s:\n%s", part, want)
		}
	}
	// A second start changes nothing.
	undisturbed.whole()
	differ(t, "a second start", undisturbed.everything(), want)

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d; a whole start takes %v", seed, took)
	random := rand.New(rand.NewPCG(seed, 0))
	var moments [killedStarts / killsInARow][killsInARow]float64 // as parts of a whole start
	for i := range moments {
		for j := range moments[i] {
			moments[i][j] = random.Float64()
		}
	}
	var lately atomic.Int64 // how long a whole start takes beside the others
	lately.Store(int64(took))
	rows := make(chan int, len(moments))
	for i := range moments {
		rows <- i
	}
	close(rows)
	var wg sync.WaitGroup
	for range 2 * runtime.GOMAXPROCS(0) { // a start waits for its processes, most of the time
		wg.Go(func() {
			for i := range rows {
				p := newPlace(t)
				for _, part := range moments[i] {
					p.killed(time.Duration(part * float64(lately.Load())))
				}
				lately.Store(int64(p.whole()))
				differ(t, fmt.Sprintf("seed %d: after kills at %.2f of the start", seed, moments[i]), p.everything(), want)
				_ = os.RemoveAll(p.dir)
			}
		})
	}
	wg.Wait()
}

// differ fails where two descriptions of a place are not the same.
func differ(t *testing.T, when, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	has := func(text string) map[string]bool {
		lines := map[string]bool{}
		for line := range strings.Lines(text) {
			lines[line] = true
		}
		return lines
	}
	is, should := has(got), has(want)
	for line := range is {
		if !should[line] {
			t.Errorf("%s: there is %.300s", when, line)
		}
	}
	for line := range should {
		if !is[line] {
			t.Errorf("%s: there is no %.300s", when, line)
		}
	}
}
