package events

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience bounds every wait; reaching it is a failure.
const patience = 30 * time.Second

// loop is a Bus between real Python processes: what supervisor does with pipes.
type loop struct {
	*Bus
	t        *testing.T
	inbox    chan func()
	children map[string]*child
	log      []string
	reports  []string // lines from the listeners' stderr, with their names
}

type child struct {
	cmd   *exec.Cmd
	input chan []byte
}

func newLoop(t *testing.T, size int, types []string, processes ...string) *loop {
	needSupervisor(t)
	l := &loop{t: t, inbox: make(chan func()), children: map[string]*child{}}
	l.Bus = NewBus(Options{
		Identifier: "supervisor",
		Log:        func(level, line string) { l.log = append(l.log, level+" "+line) },
		Send: func(process string, data []byte) error {
			l.children[process].input <- bytes.Clone(data)
			return nil
		},
	})
	l.SetPools(poolOf("pool", size, types, processes...))
	return l
}

// start runs a Python program as the listener of that name, RUNNING at once.
func (l *loop) start(process string, argv ...string) {
	key := full(process)
	cmd := exec.Command(python, argv...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	// One event at a time: a queue of one never makes Send wait.
	c := &child{cmd: cmd, input: make(chan []byte, 1)}
	cmd.Stdout = receiver(func(data []byte) { l.inbox <- func() { l.Received(key, data, start) } })
	var line bytes.Buffer
	cmd.Stderr = receiver(func(data []byte) {
		line.Write(data)
		for bytes.IndexByte(line.Bytes(), '\n') >= 0 {
			text, _ := line.ReadString('\n')
			l.inbox <- func() { l.reports = append(l.reports, process+": "+strings.TrimSuffix(text, "\n")) }
		}
	})
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.children[key] = c
	go func() {
		for data := range c.input {
			_, _ = stdin.Write(data)
		}
		stdin.Close()
	}()
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // after the last byte of both pipes
		select {
		case l.inbox <- func() { l.Ended(key) }:
		case <-ended:
		}
	}()
	l.t.Cleanup(func() {
		close(ended)
		_ = cmd.Process.Kill()
	})
	l.Started(key)
	l.Running(key, true)
}

// receiver passes on copies of what is written to it.
type receiver func([]byte)

func (r receiver) Write(data []byte) (int, error) {
	r(bytes.Clone(data))
	return len(data), nil
}

// until runs the loop until a condition holds.
func (l *loop) until(what string, done func() bool) {
	l.t.Helper()
	timeout := time.After(patience)
	for !done() {
		select {
		case f := <-l.inbox:
			f()
		case <-timeout:
			l.t.Fatalf("not %s; reports:\n%s\nlog:\n%s", what, strings.Join(l.reports, "\n"), strings.Join(l.log, "\n"))
		}
	}
}

func (l *loop) reported(n int) {
	l.t.Helper()
	l.until(strconv.Itoa(n)+" reports", func() bool { return len(l.reports) >= n })
}

// processed waits until all is answered.
func (l *loop) processed() {
	l.t.Helper()
	l.until("all processed", func() bool {
		for _, p := range l.pools {
			if len(p.queue) > 0 {
				return false
			}
			for _, m := range p.members {
				if m.entry != nil {
					return false
				}
			}
		}
		return true
	})
}

func (l *loop) want(reports ...string) {
	l.t.Helper()
	if !slices.Equal(l.reports, reports) {
		l.t.Errorf("reported\n%s\nwant\n%s", strings.Join(l.reports, "\n"), strings.Join(reports, "\n"))
	}
}

const listeners = "testdata/listeners.py"

// TestRealListeners lets each kind of listener do its work.
func TestRealListeners(t *testing.T) {
	exited := func(expected bool) Event {
		return ProcessState("EXITED", "web_0", "web", "RUNNING", StateDetail{PID: 7, Expected: expected})
	}
	tests := []struct {
		kind   string
		events []Event
		want   []string
	}{
		{
			"crashes",
			[]Event{exited(true), exited(false), tickEvent(Tick5, 5), exited(false)},
			slices.Repeat([]string{"p: Process web_0 in group web exited unexpectedly (pid 7) from state RUNNING"}, 2),
		},
		{
			"fatal",
			[]Event{exited(false), ProcessState("FATAL", "web_0", "web", "BACKOFF", StateDetail{})},
			[]string{"p: fatal: web_0"},
		},
		{
			"ticks",
			[]Event{tickEvent(Tick60, 60), SupervisorState(true), tickEvent(Tick3600, 3600)},
			[]string{"p: checked at 60", "p: checked at 3600"},
		},
		{
			"output",
			slices.Concat(
				ProcessLog("stdout", "web_0", "web", 7, []byte("one\ntwo: é\r\n")),
				ProcessLog("stderr", "web_0", "web", 7, []byte("three")),
				[]Event{ProcessCommunication("stdout", "web_0", "web", 7, []byte("four\r"))},
			),
			[]string{"p: web_0 stdout | one", `p: web_0 stdout | two: \u00e9`, "p: web_0 stderr | three", "p: web_0 None | four"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.kind, func(t *testing.T) {
			l := newLoop(t, 10, []string{"EVENT"}, "p")
			l.start("p", listeners, tt.kind)
			for _, e := range tt.events {
				l.Publish(e)
			}
			l.processed()
			l.reported(len(tt.want))
			l.want(tt.want...)
			if len(l.log) > 0 {
				t.Errorf("logged %q", l.log)
			}
		})
	}
}

// TestBytesAndCharacters: whoever counts characters and whoever counts bytes reads
// the same, whatever a process prints.
func TestBytesAndCharacters(t *testing.T) {
	var want []string
	l := newLoop(t, 100, []string{"EVENT"}, "text", "bytes")
	publish := func(e Event) {
		l.Publish(e)
		want = append(want, e.Payload)
	}
	for _, data := range []string{"plain", "é", "日本\r\n", "\r", "x\r", "\r\n", "😀\x00", "caf\xe9", "\u2028\u0085\x1c", "\n\n", strings.Repeat("é€😀\r\n", 20000)} {
		publish(RemoteCommunication("t", data))
		for _, e := range ProcessLog("stdout", "wéb", "wéb", 7, []byte(data)) {
			publish(e)
		}
		publish(SupervisorState(true))
	}
	for process, kind := range map[string]string{"text": "everything", "bytes": "everything_in_bytes"} {
		l.reports = nil
		l.start(process, listeners, kind)
		l.reported(len(want))
		for i, line := range l.reports {
			var report []any
			_, text, _ := strings.Cut(line, ": ")
			if err := json.Unmarshal([]byte(text), &report); err != nil {
				t.Fatalf("%v in %q", err, line)
			}
			headers := report[0].(map[string]any)
			if report[1] != want[i] || headers["len"] != strconv.Itoa(len(want[i])) || headers["ver"] != "3.0" ||
				headers["server"] != "supervisor" || headers["pool"] != "pool" {
				t.Errorf("%s: %v %.100q, want %.100q", process, headers, report[1], want[i])
			}
		}
		// The same for the next one.
		l.processed()
		close(l.children[full(process)].input)
		l.until("ended", func() bool { return l.listeners[full(process)].state == absent })
		for _, payload := range want {
			l.Publish(Event{Type: RemoteComm, Payload: payload})
		}
	}
}

// TestMoody: a listener that refuses gets the same event again, and in order.
func TestMoody(t *testing.T) {
	l := newLoop(t, 10, []string{"PROCESS_GROUP"}, "p")
	l.start("p", listeners, "moody")
	l.Publish(GroupAdded("a"))
	l.Publish(GroupRemoved("b"))
	now := start
	for n := 2; n <= 5; n += 3 {
		l.reported(n)
		// The second refusal in a row makes a pause.
		l.until("paused", func() bool { return !l.NextTick(now).IsZero() })
		now = l.NextTick(now)
		l.Tick(now)
	}
	l.processed()
	l.reported(6)
	l.want(
		"p: PROCESS_GROUP_ADDED 0 0 refused", "p: PROCESS_GROUP_ADDED 0 0 refused", "p: PROCESS_GROUP_ADDED 0 0 accepted",
		"p: PROCESS_GROUP_REMOVED 1 1 refused", "p: PROCESS_GROUP_REMOVED 1 1 refused", "p: PROCESS_GROUP_REMOVED 1 1 accepted",
	)
}

// TestBadCompany: listeners that hang, die and chat, beside one that works.
func TestBadCompany(t *testing.T) {
	l := newLoop(t, 50, []string{"EVENT"}, "chatty", "hangs", "dies", "works")
	l.start("chatty", listeners, "chatty")
	l.until("found out", func() bool { return len(l.log) > 0 })
	l.start("hangs", listeners, "hangs")
	l.until("ready", func() bool { return l.listeners[full("hangs")].state == ready })
	l.Publish(GroupAdded("0"))
	l.reported(1)
	l.start("dies", listeners, "dies")
	l.until("ready", func() bool { return l.listeners[full("dies")].state == ready })
	for n := 1; n < 20; n++ {
		l.Publish(GroupAdded(strconv.Itoa(n)))
	}
	l.reported(2)
	l.until("ended", func() bool { return l.listeners[full("dies")].state == absent })
	file := filepath.Join(t.TempDir(), "record")
	l.start("works", "testdata/record.py", file)
	l.until("all but one processed", func() bool { return len(l.pools[0].queue) == 0 && l.listeners[full("works")].state == ready })
	var want strings.Builder
	for n := 1; n < 20; n++ { // 1 as well, which one of them has died of
		want.WriteString("PROCESS_GROUP_ADDED groupname:" + strconv.Itoa(n) + "\\n\n")
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != want.String() {
		t.Errorf("recorded %q, want %q (%v)", got, want.String(), err)
	}
	l.want("hangs: hangs with 0", "dies: 1 is too much")
	if len(l.log) != 1 || !strings.HasPrefix(l.log[0], "WARN chatty: has entered the UNKNOWN state") {
		t.Errorf("logged %q", l.log)
	}
}

// TestRecord: the recorder of the differential tests refuses and dies as it is told.
func TestRecord(t *testing.T) {
	l := newLoop(t, 10, []string{"EVENT"}, "p")
	file := filepath.Join(t.TempDir(), "record")
	l.start("p", "testdata/record.py", file, "1", "3")
	l.Publish(RemoteCommunication("é", "a\\\nb"))
	l.Publish(SupervisorState(true))
	l.until("ended", func() bool { return l.listeners[full("p")].state == absent })
	l.start("p", "testdata/record.py", file)
	l.processed()
	got, err := os.ReadFile(file)
	const want = `REMOTE_COMMUNICATION type:\\u00e9\na\\\nb` + "\nSUPERVISOR_STATE_CHANGE_RUNNING \n"
	if err != nil || string(got) != want {
		t.Errorf("recorded %q, want %q (%v)", got, want, err)
	}
	if len(l.log) != 1 {
		t.Errorf("logged %q", l.log)
	}
}
