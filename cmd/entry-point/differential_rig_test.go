package main_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// scenario is one file of testdata/differential.
type scenario struct {
	name  string
	text  string
	steps [][]string // the words of the ";!" lines

	ordered  bool // compare the order in which processes start and stop
	autoLogs bool // compare log files that were given no name
}

func readScenario(t *testing.T, name string) *scenario {
	data, err := os.ReadFile("testdata/differential/" + name + ".conf")
	if err != nil {
		t.Fatal(err)
	}
	s := &scenario{name: name, text: string(data)}
	for line := range strings.Lines(s.text) {
		step, ok := strings.CutPrefix(line, ";!")
		switch words := strings.Fields(step); {
		case !ok:
		case strings.Join(words, " ") == "compare the order":
			s.ordered = true
		case strings.Join(words, " ") == "compare automatic logs":
			s.autoLogs = true
		default:
			s.steps = append(s.steps, words)
		}
	}
	return s
}

func (s *scenario) wantFile() string { return "testdata/differential/" + s.name + ".want" }

func (s *scenario) want(t *testing.T) string {
	data, err := os.ReadFile(s.wantFile())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// stage is one run of a scenario.
type stage struct {
	*scenario
	*initProcess
	events output // as record.py writes them
}

// run starts a supervisor with the scenario's file, does the steps, stops it and
// returns what happened.
func (s *scenario) run(t *testing.T, supervisor string, args ...string) string {
	g := &stage{scenario: s, initProcess: prepare(t, append(args, "supervisord.conf")...)}
	g.Path, g.Args[0] = supervisor, "supervisord" // under this name we are supervisord, too
	// Nothing of ours, as the environment is compared.
	g.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "OUTER=outer"}
	recorded := g.furnish()
	g.start()
	go func() {
		<-g.done // the recorder's end is none of its pipe
		_, _ = recorded.WriteString("the end\n")
	}()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewReader(recorded); ; {
			line, err := lines.ReadString('\n')
			if err != nil || line == "the end\n" {
				return
			}
			_, _ = g.events.Write([]byte(line))
		}
	}()
	t.Cleanup(func() { recorded.Close() })
	stopped := false
	for _, step := range s.steps {
		g.do(step)
		stopped = stopped || strings.Join(step, " ") == "signal TERM init"
	}
	if !stopped {
		g.kill(syscall.SIGTERM)
	}
	code := g.code()
	<-ended
	return g.result(code)
}

// furnish makes the working directory, and the pipe that the recorder writes into.
func (g *stage) furnish() *os.File {
	write := func(name, text string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(g.Dir, name), []byte(text), mode); err != nil {
			g.t.Fatal(err)
		}
	}
	read := func(name string) string {
		data, err := os.ReadFile(name)
		if err != nil {
			g.t.Fatal(err)
		}
		return string(data)
	}
	write("supervisord.conf", read("testdata/differential/common.conf")+g.text, 0o644)
	write("act.sh", read("testdata/differential/act.sh"), 0o644)
	write("record.py", read("../../supervisor/events/testdata/record.py"), 0o644)
	write("seq.out", "was here before\n", 0o644)
	if err := os.Mkdir(filepath.Join(g.Dir, "bin"), 0o755); err != nil {
		g.t.Fatal(err)
	}
	write("bin/only-there", "#!/bin/sh\necho found\n", 0o755)
	pipe := filepath.Join(g.Dir, "events")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		g.t.Fatal(err)
	}
	// Both ways: it has a reader before, and a writer after the recorder.
	f, err := os.OpenFile(pipe, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		g.t.Fatal(err)
	}
	return f
}

// do carries out one step:
//
//	await STATE PROCESS [N]   until it has entered that state N times
//	await-file FILE TEXT      until FILE is there and has TEXT in it
//	gone TEXT                 until no process has TEXT in its command line
//	signal NAME PROCESS       PROCESS is that of the last RUNNING event, or init
//	touch FILE
//	rename FROM TO
func (g *stage) do(step []string) {
	g.t.Helper()
	arg := func(i int) string {
		if i < len(step) {
			return step[i]
		}
		return ""
	}
	switch step[0] {
	case "await":
		n, _ := strconv.Atoi(arg(3))
		g.awaitEvent("PROCESS_STATE_"+arg(1)+" processname:"+arg(2)+" ", max(n, 1))
	case "await-file":
		text := strings.Trim(strings.Join(step[2:], " "), `"`)
		g.poll(strings.Join(step, " "), func() bool {
			data, err := os.ReadFile(filepath.Join(g.Dir, arg(1)))
			return err == nil && strings.Contains(string(data), text)
		})
	case "gone":
		g.poll(strings.Join(step, " "), func() bool {
			found := false
			g.processes(func(_, _ int, command string) { found = found || strings.Contains(command, arg(1)) })
			return !found
		})
	case "signal":
		sig := unix.SignalNum("SIG" + arg(1))
		if arg(2) == "init" {
			g.kill(sig)
			return
		}
		g.signal(sig, arg(2))
	case "touch":
		if err := os.WriteFile(filepath.Join(g.Dir, arg(1)), nil, 0o644); err != nil {
			g.t.Fatal(err)
		}
	case "rename":
		if err := os.Rename(filepath.Join(g.Dir, arg(1)), filepath.Join(g.Dir, arg(2))); err != nil {
			g.t.Fatal(err)
		}
	default:
		g.t.Fatalf("unknown step %q", step)
	}
}

func (g *stage) awaitEvent(text string, n int) {
	g.t.Helper()
	deadline := time.After(patience)
	for {
		changed := g.events.next()
		if strings.Count(g.events.String(), text) >= n {
			return
		}
		select {
		case <-changed:
		case <-g.done:
			g.fatalf("ended before %q", text)
		case <-deadline:
			g.fatalf("no %q", text)
		}
	}
}

// poll is for what sends no event.
func (g *stage) poll(what string, done func() bool) {
	g.t.Helper()
	deadline := time.Now().Add(patience)
	for !done() {
		select {
		case <-g.done:
			g.fatalf("ended before: %s", what)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			g.fatalf("in vain: %s", what)
		}
	}
}

func (g *stage) fatalf(format string, args ...any) {
	g.t.Helper()
	own, _ := os.ReadFile(filepath.Join(g.Dir, "supervisord.log"))
	trace, _ := os.ReadFile(filepath.Join(g.Dir, "recorder.trace"))
	g.t.Fatalf("%s; events:\n%sstdout:\n%sstderr:\n%ssupervisord.log:\n%srecorder:\n%s", fmt.Sprintf(format, args...),
		g.events.String(), g.stdout.String(), g.stderr.String(), own, trace)
}

// signal sends a signal to a process as it is now.
func (g *stage) signal(sig syscall.Signal, process string) {
	g.t.Helper()
	var inside int
	for line := range strings.Lines(g.events.String()) {
		if rest, ok := strings.CutPrefix(line, "PROCESS_STATE_RUNNING processname:"+process+" "); ok {
			_, number, _ := strings.Cut(strings.TrimSpace(rest), "pid:")
			inside, _ = strconv.Atoi(number)
		}
	}
	found := 0
	g.processes(func(pid, number int, _ string) {
		if number == inside {
			found = pid
		}
	})
	if inside == 0 || found == 0 {
		g.fatalf("process %d of %s is not there", inside, process)
	}
	if err := syscall.Kill(found, sig); err != nil {
		g.t.Fatal(err)
	}
}

// processes goes through those of the namespace: pid is the machine's, inside the
// one that they know themselves.
func (g *stage) processes(each func(pid, inside int, command string)) {
	mine, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", g.Process.Pid))
	if err != nil {
		return // it has ended
	}
	files, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range files {
		if ns, err := os.Readlink(dir + "/ns/pid"); err != nil || ns != mine {
			continue
		}
		status, _ := os.ReadFile(dir + "/status")
		command, _ := os.ReadFile(dir + "/cmdline")
		_, numbers, _ := strings.Cut(string(status), "\nNSpid:")
		numbers, _, _ = strings.Cut(numbers, "\n")
		words := strings.Fields(numbers)
		if len(words) == 0 {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(dir))
		inside, _ := strconv.Atoi(words[len(words)-1])
		each(pid, inside, strings.ReplaceAll(string(command), "\x00", " "))
	}
}
