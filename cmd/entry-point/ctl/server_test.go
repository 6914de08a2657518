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

	"entrypoint/config/vocabulary"
	"entrypoint/supervisor/control"
)

// handler serves a world over a real socket; what follows goes on until the
// client is gone.
type handler struct{ world *world }

func (h handler) Handle(r *control.Request, reply func(*control.Answer)) func() {
	w := world{changes: h.world.changes, ready: h.world.ready, answer: h.world.answer}
	err := w.Do(r, func(a *control.Answer) error { reply(a); return nil })
	if refused, ok := err.(*control.Error); ok {
		reply(&control.Answer{Error: refused})
		return nil
	}
	if !r.Follow {
		reply(&control.Answer{Done: true})
	}
	return nil
}

// served is a running server's socket.
func served(t testing.TB, w *world) string {
	path := filepath.Join(t.TempDir(), "s")
	server, _, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { server.Serve(handler{w}); close(done) }()
	t.Cleanup(func() { server.Close(); <-done })
	return path
}

// main is a command line of some options, with help on some words.
func main() (options []vocabulary.Word, help []string) {
	return []vocabulary.Word{
		{Name: "--debug", Aliases: []string{"-d"}, Help: "launches 'python3 app/app.py'"},
		{Name: "--config", Aliases: []string{"-c"}, Metavar: "FILE", Help: "a file"},
		{Name: "--setup-policy", Metavar: "WHEN", Values: []string{"off", "first", "offline"}, Help: "when"},
		{Name: "--stop-budget", Metavar: "TIME", Help: "a time"},
		{Name: "--pdeathsig", Aliases: []string{"-p"}, Metavar: "SIG", Help: "a signal"},
		{Name: "--help", Aliases: []string{"-h"}, Help: "print help"},
	}, []string{"probes", "stopsignal", "stopwaitsecs", "ENTRYPOINT_DRAIN"}
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
	os.Exit(Run(main, args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
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
		code := Run(main, words, []string{"ENTRYPOINT_SOCKET=" + socket}, strings.NewReader(""), &out, &err)
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

// TestTop: a line for each program, of those that are up with what they use.
func TestTop(t *testing.T) {
	w := world{answer: func(r *control.Request) []*control.Answer {
		if r.Do == control.DoUsage {
			return []*control.Answer{{Usage: &control.Usage{Name: "me", PID: 9, Processes: 3, CPU: 1, Memory: 20 << 20, Descriptors: 12}}}
		}
		return []*control.Answer{
			{Program: &control.Program{Name: "me", FullName: "me", State: "RUNNING", PID: 9, Starts: 2, Restarts: 1, Started: time.Now().Add(-time.Second)}},
			{Program: &control.Program{Name: "off", FullName: "off", State: "STOPPED"}},
		}
	}}
	code, stdout, stderr := ctl(&w, "top")
	lines := strings.Split(stdout, "\n")
	if code != 0 || len(lines) != 4 {
		t.Fatalf("%d %q %q", code, stdout, stderr)
	}
	for i, want := range []string{"NAME STATE PID CPU% RSS PROCS FILES RESTARTS", "", "off STOPPED - - - - - 0"} {
		if got := strings.Join(strings.Fields(lines[i]), " "); want != "" && got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	cells := strings.Fields(lines[1])
	if len(cells) != 8 || cells[2] != "9" || cells[4] != "20.0M" || cells[5] != "3" || cells[6] != "12" || cells[7] != "1" {
		t.Fatalf("%q", cells)
	}
}

// TestMeasure: the CPU share is since the process was started, and then since the
// time before.
func TestMeasure(t *testing.T) {
	used := control.Usage{Name: "x", PID: 7, Processes: 2, CPU: 2, Memory: 1 << 20, Descriptors: -1}
	w := world{answer: func(r *control.Request) []*control.Answer {
		if r.Do == control.DoUsage {
			own := control.Usage{PID: 1, Processes: 1}
			return []*control.Answer{{Usage: &own}, {Usage: &used}}
		}
		return []*control.Answer{
			{Program: &control.Program{FullName: "x", PID: 7, Started: then}}, {Program: &control.Program{FullName: "off"}},
		}
	}}
	c := newCLI(nil, nil, nil, nil)
	now := then.Add(10 * time.Second)
	c.server, c.now = &w, func() time.Time { return now }
	rows, samples, err := c.measure(nil, nil)
	if err != nil || len(rows) != 2 {
		t.Fatal(rows, err)
	}
	if r := rows[0]; r.percent != 20 || !r.alive || r.usage != used || rows[1].alive {
		t.Errorf("%+v %+v", *r, *rows[1])
	}
	now, used.CPU = now.Add(2*time.Second), 4
	if rows, _, err = c.measure(nil, samples); err != nil || rows[0].percent != 100 {
		t.Errorf("%+v, %v", *rows[0], err)
	}
	used.PID = 8 // another process than status has told of
	if rows, _, err = c.measure(nil, samples); err != nil || rows[0].alive {
		t.Errorf("%+v, %v", *rows[0], err)
	}
}

// BenchmarkCommand is the CPU time of a command with its start, in CPU-ms/op.
func BenchmarkCommand(b *testing.B) {
	socket := served(b, &world{})
	dir := program(b)
	for _, words := range []string{"status", "health", "logs cat web", "top", "stop cat", "help", "completion zsh"} {
		b.Run(words, func(b *testing.B) {
			var used time.Duration
			for b.Loop() {
				cmd := exec.Command(filepath.Join(dir, "entry-point"), append([]string{"ctl", "-s", socket}, strings.Fields(words)...)...)
				out, err := cmd.CombinedOutput()
				if cmd.ProcessState == nil || len(out) == 0 {
					b.Fatalf("%v, %q", err, out)
				}
				used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			}
			b.ReportMetric(used.Seconds()*1000/float64(b.N), "CPU-ms/op")
		})
	}
}

// BenchmarkStatus is ctl status of 1,000 programs, from connecting to the table.
func BenchmarkStatus(b *testing.B) {
	var answers []*control.Answer
	for n := range 1000 {
		name := "program-" + strconv.Itoa(n)
		answers = append(answers, &control.Answer{Program: &control.Program{
			Name: name, Group: name, FullName: name, State: "RUNNING", PID: n + 2, Ready: true, Starts: 1, Why: "pid 7, uptime 0:03:12",
		}})
	}
	socket := served(b, &world{answer: func(*control.Request) []*control.Answer { return answers }})
	for b.Loop() {
		var out bytes.Buffer
		if code := Run(main, []string{"status", "-s", socket}, nil, nil, &out, &out); code != 0 || bytes.Count(out.Bytes(), []byte{'\n'}) != 1001 {
			b.Fatal(code, out.String())
		}
	}
}
