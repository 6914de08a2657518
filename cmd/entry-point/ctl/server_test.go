package ctl

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/control"
)

// handler serves a world over a real socket; what follows goes on until the
// client is gone.
type handler struct{ world *world }

func (h handler) Handle(r control.Request, reply func(control.Answer)) func() {
	w := world{changes: h.world.changes, ready: h.world.ready, answer: h.world.answer}
	err := w.Do(r, func(a control.Answer) error { reply(a); return nil })
	if refused, ok := err.(*control.Error); ok {
		reply(control.Answer{Error: refused})
		return nil
	}
	if !r.Follow {
		reply(control.Answer{Done: true})
	}
	return nil
}

// served is a running server's socket.
func served(t testing.TB, w *world) string {
	path := filepath.Join(t.TempDir(), "s")
	server, _, err := control.Listen([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { server.Serve(handler{w}); close(done) }()
	t.Cleanup(func() { server.Close(); <-done })
	return path
}

// TestMain is also the program entry-point, for shells and terminals.
func TestMain(m *testing.M) {
	if os.Getenv("CTL_TEST_PROGRAM") == "" {
		os.Exit(m.Run())
	}
	args := os.Args[1:]
	if filepath.Base(os.Args[0]) == "supervisorctl" {
		os.Exit(RunSupervisorctl(args, os.Environ(), os.Stdin, os.Stdout, os.Stderr))
	}
	if len(args) == 0 || args[0] != "ctl" {
		os.Exit(64)
	}
	os.Exit(Run(args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// program makes links to this test in a folder, which act as the program.
func program(t testing.TB) string {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"entry-point", "supervisorctl"} {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("CTL_TEST_PROGRAM", "1")
	t.Setenv("GORACE", "atexit_sleep_ms=0") // else each one sleeps for a second
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir
}

func TestRealServer(t *testing.T) {
	socket := served(t, &world{})
	run := func(words ...string) (int, string, string) {
		var out, err bytes.Buffer
		code := Run(words, []string{"ENTRYPOINT_SOCKET=" + socket}, strings.NewReader(""), &out, &err)
		return code, out.String(), err.String()
	}
	if code, out, err := run("stop", "cat", "old"); code != 0 || out != "cat: stopped\nold: not running\n" {
		t.Errorf("stop: %d %q %q", code, out, err)
	}
	if code, out, err := run("status", "--json", "web"); code != 0 || out != jsonOf(programs()[3]) {
		t.Errorf("status: %d %q %q", code, out, err)
	}
	if code, _, err := run("status", "-s", socket+".nope"); code != 4 || !strings.HasPrefix(err, "entry-point ctl: no server: there is no socket") {
		t.Errorf("no socket: %d %q", code, err)
	}
	var out, err bytes.Buffer
	code := RunSupervisorctl(nil, []string{"ENTRYPOINT_SOCKET=" + socket}, strings.NewReader("tail cat\nstop cat\nremove nope\nversion\n"), &out, &err)
	if code != 0 || !strings.HasSuffix(out.String(), "supervisor> hello\n\nsupervisor> cat: stopped\nsupervisor> ERROR: no such process/group: nope\nsupervisor> 1.2\nsupervisor> \n") {
		t.Errorf("shell: %d %q %q", code, out.String(), err.String())
	}
	dead := filepath.Join(t.TempDir(), "dead")
	fd, e := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if e == nil {
		e = syscall.Bind(fd, &syscall.SockaddrUnix{Name: dead})
	}
	if e != nil {
		t.Fatal(e)
	}
	syscall.Close(fd)
	if code, _, err := run("health", "-s", dead); code != 4 || !strings.Contains(err, "nobody listens") {
		t.Errorf("dead socket: %d %q", code, err)
	}
}

// TestUsage: what top reads of ourselves is what we know of us.
func TestUsage(t *testing.T) {
	w := answering(control.Answer{Program: &control.Program{Name: "me", FullName: "me", State: "RUNNING", PID: os.Getpid(), Starts: 2}},
		control.Answer{Program: &control.Program{Name: "off", FullName: "off", State: "STOPPED"}})
	code, stdout, stderr := ctl(&w, "top")
	lines := strings.Split(stdout, "\n")
	if code != 0 || len(lines) != 4 {
		t.Fatalf("%d %q %q", code, stdout, stderr)
	}
	for i, want := range []string{"NAME STATE PID CPU% RSS THREADS FILES RESTARTS", "", "off STOPPED - - - - - 0"} {
		if got := strings.Join(strings.Fields(lines[i]), " "); want != "" && got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	cells := strings.Fields(lines[1])
	if len(cells) != 8 || cells[2] != strconv.Itoa(os.Getpid()) || cells[7] != "1" {
		t.Fatalf("%q", cells)
	}
	if threads, _ := strconv.Atoi(cells[5]); threads < 2 {
		t.Errorf("%d threads", threads)
	}
	if files, _ := strconv.Atoi(cells[6]); files < 3 {
		t.Errorf("%d files", files)
	}
	if !strings.HasSuffix(cells[4], "M") {
		t.Errorf("RSS %s", cells[4])
	}
}

func TestMeasure(t *testing.T) {
	proc := t.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Join(proc, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(proc, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stat := func(ticks string) string {
		return "7 (a) b (c) S 1 7 7 0 -1 4194560 1 2 3 4 " + ticks + " 50 0 0 20 0 3 0 1000 9999 256 18446744073709551615 1 1\n"
	}
	w := answering(control.Answer{Program: &control.Program{FullName: "x", PID: 7}})
	c := newCLI(nil, nil, nil, nil)
	c.proc, c.server = proc, &w
	write("uptime", "20.00 1.00\n")
	write("7/stat", stat("150"))
	rows, samples, err := c.measure(nil, nil)
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	// 2 s of CPU in the 10 s since its start.
	if r := rows[0]; r.percent != 20 || r.usage.threads != 3 || r.usage.rss != 256*int64(os.Getpagesize()) || r.usage.files != -1 {
		t.Errorf("%+v", r)
	}
	write("uptime", "22.00 1.00\n")
	write("7/stat", stat("350"))
	if rows, _, err = c.measure(nil, samples); err != nil || rows[0].percent != 100 {
		t.Errorf("%+v, %v", rows, err)
	}
	for _, bad := range []string{"", "7 (a", "7 (a) S 1", strings.Replace(stat("1"), "1000", "x", 1)} {
		if _, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q is no error", bad)
		}
	}
}

func FuzzStat(f *testing.F) {
	f.Add([]byte("7 (a) b (c) S 1 7 7 0 -1 4194560 1 2 3 4 5 50 0 0 20 0 3 0 1000 9999 256 1 1 1\n"))
	f.Add([]byte(")"))
	f.Fuzz(func(_ *testing.T, line []byte) {
		_, _ = parseStat(line) // it must not panic
	})
}

// TestCPU: a command costs less than 20 ms of CPU.
func TestCPU(t *testing.T) {
	socket := served(t, &world{})
	dir := program(t)
	for _, words := range []string{"status", "health", "logs cat web", "top", "stop cat", "help", "completion zsh"} {
		cmd := exec.Command(filepath.Join(dir, "entry-point"), append([]string{"ctl", "-s", socket}, strings.Fields(words)...)...)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil || len(out) == 0 {
			t.Fatalf("%s: %v, %q", words, err, out)
		}
		used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		t.Logf("%s: %v", words, used)
		if limit := 20 * time.Millisecond * raceFactor; used > limit {
			t.Errorf("%s took %v of CPU, want at most %v", words, used, limit)
		}
	}
}

// BenchmarkStatus is ctl status of 1,000 programs, from connecting to the table.
func BenchmarkStatus(b *testing.B) {
	var answers []control.Answer
	for n := range 1000 {
		name := "program-" + strconv.Itoa(n)
		answers = append(answers, control.Answer{Program: &control.Program{
			Name: name, Group: name, FullName: name, State: "RUNNING", PID: n + 2, Ready: true, Starts: 1, Why: "pid 7, uptime 0:03:12",
		}})
	}
	socket := served(b, &world{answer: func(control.Request) []control.Answer { return answers }})
	for b.Loop() {
		var out bytes.Buffer
		if code := Run([]string{"status", "-s", socket}, nil, nil, &out, &out); code != 0 || bytes.Count(out.Bytes(), []byte{'\n'}) != 1001 {
			b.Fatal(code, out.String())
		}
	}
}
