package events

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"entrypoint/supervisor/skip"
)

// python is Debian's, which sees Debian's supervisor.
const python = "/usr/bin/python3"

func needSupervisor(t *testing.T) {
	t.Helper()
	found := exec.Command(python, "-c", "import supervisor.childutils").Run() == nil
	skip.Unless(t, found, "Debian's supervisor")
}

// reference is supervisord's own event system (testdata/reference.py).
type reference struct {
	t     *testing.T
	stdin io.Writer
	lines *bufio.Scanner
}

func newReference(t *testing.T) *reference {
	t.Helper()
	needSupervisor(t)
	cmd := exec.Command(python, "testdata/reference.py")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("reference.py: %v", err)
		}
	})
	r := &reference{t: t, stdin: stdin, lines: bufio.NewScanner(stdout)}
	r.lines.Buffer(nil, 1<<20)
	return r
}

// do carries out one operation and returns what supervisord sends and logs.
func (r *reference) do(operation ...any) (list []string) {
	r.t.Helper()
	line, err := json.Marshal(operation)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.stdin.Write(append(line, '\n')); err != nil {
		r.t.Fatal(err)
	}
	var answer [][]string
	if !r.lines.Scan() {
		r.t.Fatalf("no answer to %s: %v", line, r.lines.Err())
	}
	if err := json.Unmarshal(r.lines.Bytes(), &answer); err != nil {
		r.t.Fatal(err)
	}
	for _, a := range answer {
		list = append(list, strings.Join(a, " "))
	}
	return list
}

// TestPayloadsAsSupervisord lets supervisord make every type of event and compares
// every byte that a listener gets.
func TestPayloadsAsSupervisord(t *testing.T) {
	ref := newReference(t)
	r := newRig(t, 10, "p")
	r.SetPools(poolOf("pool", 10, []string{"EVENT"}, "p"))
	ref.do("reset", []any{"pool", 10, []string{"EVENT"}, []string{"p"}})
	r.up("p")
	ref.do("started", "p")
	ref.do("running", "p", true)
	// JSON carries the bytes as Latin-1.
	latin := func(s string) string {
		runes := make([]rune, len(s))
		for i := range len(s) {
			runes[i] = rune(s[i])
		}
		return string(runes)
	}
	n := 0
	same := func(e Event, args ...any) {
		t.Helper()
		r.say("p", "READY\n")
		ref.do("received", "p", "READY\n")
		r.Publish(e)
		theirs := ref.do(append([]any{"publish"}, args...)...)
		ours := "send p " + latin(r.sent[n].text)
		if n++; len(theirs) != 1 || theirs[0] != ours {
			t.Errorf("ours   %q\ntheirs %q", ours, theirs)
		}
		r.say("p", "RESULT 2\nOK")
		ref.do("received", "p", "RESULT 2\nOK")
	}
	states := []string{"STOPPED", "STARTING", "RUNNING", "BACKOFF", "STOPPING", "EXITED", "FATAL", "UNKNOWN"}
	for _, from := range states {
		for i, state := range states {
			d := StateDetail{Tries: i, PID: 100 * i, Expected: i%2 == 0}
			same(ProcessState(state, "web_0", "web", from, d), "state", state, "web_0", "web", from, d.Tries, d.PID, d.Expected)
		}
	}
	for _, data := range []string{"", "a\n", "two\nlines", "\r\n\r", "\x00\x7f\t", "caf\xe9", "\xff'", "\xff'\"", "\xc3", "\xed\xa0\x80\\", strings.Repeat("x", 60000)} {
		for _, stream := range []string{"stdout", "stderr"} {
			same(ProcessCommunication(stream, "web_0", "web", 7, []byte(data)), "comm", stream, "web_0", "web", 7, latin(data))
			if data != "" {
				same(ProcessLog(stream, "web_0", "web", 7, []byte(data))[0], "log", stream, "web_0", "web", 7, latin(data))
			}
		}
	}
	same(RemoteCommunication("deploy", "a\nb: \r\n"), "remote", "deploy", "a\nb: \r\n")
	same(SupervisorState(true), "supervisor", true)
	same(SupervisorState(false), "supervisor", false)
	for _, tick := range tickTypes {
		same(tickEvent(tick.name, 1700000040), "tick", tick.period, 1700000040)
	}
	same(GroupAdded("web"), "added", "web")
	same(GroupRemoved("web"), "removed", "web")
	if len(r.log) > 0 {
		t.Errorf("logged %q", r.log)
	}
}

// duel runs the same operations on both.
type duel struct {
	*rig
	ref    *reference
	random *rand.Rand
}

func newDuel(t *testing.T, ref *reference, seed uint64) *duel {
	d := &duel{rig: newRig(t, 1), ref: ref, random: rand.New(rand.NewPCG(seed, 1))}
	size := 1 + d.random.IntN(5)
	// No parent beside its child: supervisord would deliver twice.
	one, two := []string{"REMOTE_COMMUNICATION", "PROCESS_STATE"}, []string{"PROCESS_STATE_RUNNING", "PROCESS_GROUP", "REMOTE_COMMUNICATION"}
	d.SetPools(slices.Concat(poolOf("pool", size, one, "solo"), poolOf("pair", size, two, "left", "right")))
	ref.do("reset", []any{"pool", size, one, []string{"solo"}}, []any{"pair", size, two, []string{"left", "right"}})
	return d
}

func (d *duel) key(name string) string {
	if name == "solo" {
		return "pool:solo"
	}
	return "pair:" + name
}

// step carries out one operation on both and returns it, with what each of them did.
func (d *duel) step() (what string, ours, theirs []string) {
	name := [...]string{"solo", "left", "right"}[d.random.IntN(3)]
	l := d.listeners[d.key(name)]
	d.sent, d.log = nil, nil
	var operation []any
	switch d.random.IntN(8) {
	case 0, 1, 2:
		n := d.random.IntN(1000)
		switch d.random.IntN(3) {
		case 0:
			d.Publish(RemoteCommunication("n", strconv.Itoa(n)))
			operation = []any{"publish", "remote", "n", strconv.Itoa(n)}
		case 1:
			d.Publish(ProcessState("RUNNING", "web", "web", "STARTING", StateDetail{PID: n}))
			operation = []any{"publish", "state", "RUNNING", "web", "web", "STARTING", 0, n, true}
		case 2:
			d.Publish(GroupAdded("g"))
			operation = []any{"publish", "added", "g"}
		}
	case 3:
		switch yes := d.random.IntN(3) > 0; {
		case l.state != unknown && d.random.IntN(4) > 0:
			d.Running(l.key, yes && l.state != absent)
			operation = []any{"running", name, yes && l.state != absent}
		case d.mayReject(l):
			d.Ended(l.key)
			operation = []any{"ended", name}
		}
	case 4:
		yes := d.random.IntN(8) == 0
		d.rig.closed[l.key] = yes
		operation = []any{"closed", name, yes}
	default:
		text := d.says(l)
		switch {
		case l.state == absent:
			d.Started(l.key)
			operation = []any{"started", name}
		case !l.running:
			d.Running(l.key, true)
			operation = []any{"running", name, true}
		case text != "":
			d.Received(l.key, []byte(text), d.now)
			operation = []any{"received", name, text}
		}
	}
	if operation == nil {
		operation = []any{"running", name, l.running}
	}
	theirs = d.ref.do(operation...)
	d.Tick(start.Add(time.Hour)) // over any pause, which supervisord does not make
	for _, s := range d.sent {
		_, process, _ := strings.Cut(s.process, ":")
		ours = append(ours, "send "+process+" "+s.text)
	}
	for _, line := range d.log {
		ours = append(ours, "log "+line)
	}
	return fmt.Sprint(operation), ours, theirs
}

// mayReject says whether both put the event of l back into the same place: with
// two such events at a time supervisord turns their order around.
func (d *duel) mayReject(l *listener) bool {
	for _, o := range l.pool.members {
		if o != l && o.state == busy {
			return false
		}
	}
	for _, e := range l.pool.queue {
		if l.entry != nil && e.poolSerial < l.entry.poolSerial {
			return false
		}
	}
	return true
}

func (d *duel) says(l *listener) string {
	pick := func(texts ...string) string { return texts[d.random.IntN(len(texts))] }
	switch {
	case l.state == acknowledged:
		return pick("READY\n", "READY\n", "READY\n", "READY\n", "READY\n", "nonsense\n", "RESULT 2\nOK")
	case l.state == ready:
		return pick("", "", "", "", "", "", "", "", "", "", "", "", "READY\n", "x")
	case l.state == busy && d.mayReject(l):
		return pick("RESULT 2\nOK", "RESULT 2\nOKREADY\n", "RESULT 2\nOKREADY\n", "RESULT 4\nFAIL", "RESULT 4\nFAILREADY\n", "RESULT 1\nO",
			"RESULT 3\nOK\n", "RESULT two\n", "READY\n", "RESULT \n")
	case l.state == busy:
		return pick("RESULT 2\nOK", "RESULT 2\nOKREADY\n", "RESULT  2\r\nOK")
	}
	return pick("READY\n", "noise")
}

// comparable takes out what is logged otherwise on purpose: each dropped event
// there, the first one and their number here.
func comparable(list []string) (out []string) {
	for _, line := range list {
		if !strings.Contains(line, " event buffer overflow") {
			out = append(out, line)
		}
	}
	slices.Sort(out) // the order of sending and logging within a step differs
	return out
}

// TestBusAsSupervisord runs random operations through supervisord's event pools
// and through ours: each step must send and log the same.
func TestBusAsSupervisord(t *testing.T) {
	ref := newReference(t)
	sent, seeds := 0, uint64(100)
	for seed := range seeds {
		d := newDuel(t, ref, seed)
		var history []string
		for range 400 {
			what, ours, theirs := d.step()
			history = append(history, what)
			sent += len(d.sent)
			if !slices.Equal(comparable(ours), comparable(theirs)) {
				t.Fatalf("seed %d:\n%s\nours   %q\ntheirs %q", seed, strings.Join(history, "\n"), ours, theirs)
			}
		}
	}
	t.Logf("%d deliveries in %d runs", sent, seeds)
	if sent < 2000 {
		t.Errorf("only %d deliveries: the runs test nothing", sent)
	}
}
