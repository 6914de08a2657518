package events

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"entrypoint/config"
)

// rig is a Bus with a recording loop around it.
type rig struct {
	*Bus
	t      *testing.T
	sent   []delivery
	log    []string
	closed map[string]bool // processes whose stdin is closed
	now    time.Time
}

type delivery struct{ process, text string }

var start = time.Unix(1_700_000_000, 0)

// newRig has one pool of this buffer size, subscribed to everything but TICK.
func newRig(t *testing.T, size int, processes ...string) *rig {
	r := &rig{t: t, closed: map[string]bool{}, now: start}
	r.Bus = NewBus(Options{
		Identifier: "supervisor",
		Log:        func(level, line string) { r.log = append(r.log, level+" "+line) },
		Send: func(process string, data []byte) error {
			if r.closed[process] {
				return errors.New("closed")
			}
			r.sent = append(r.sent, delivery{process, string(data)})
			return nil
		},
	})
	r.SetPools(poolOf("pool", size, []string{"PROCESS_STATE", "PROCESS_LOG", "PROCESS_COMMUNICATION", "REMOTE_COMMUNICATION", "SUPERVISOR_STATE_CHANGE", "PROCESS_GROUP"}, processes...))
	return r
}

func poolOf(name string, size int, types []string, processes ...string) (list []*config.Program) {
	pool := &config.Pool{Name: name, Events: types, BufferSize: size, Priority: -1}
	for _, p := range processes {
		list = append(list, &config.Program{Name: p, Group: name, Pool: pool})
	}
	return list
}

// up makes a process of the pool RUNNING.
func (r *rig) up(process string) {
	r.Started(full(process))
	r.Running(full(process), true)
}

func full(process string) string {
	return (&config.Program{Name: process, Group: "pool"}).FullName()
}

func (r *rig) say(process, text string) { r.Received(full(process), []byte(text), r.now) }

// into brings the process p to a state; BUSY needs an event.
func (r *rig) into(s state) {
	switch s {
	case absent:
		return
	case acknowledged:
		r.up("p")
	case unknown:
		r.up("p")
		r.say("p", "garbage")
	case ready:
		r.up("p")
		r.say("p", "READY\n")
	case busy:
		r.into(ready)
		r.Publish(RemoteCommunication("held", ""))
	}
	if got := r.listeners[full("p")].state; got != s {
		r.t.Fatalf("is in state %d, want %d", got, s)
	}
}

func (r *rig) history() string {
	var b strings.Builder
	for _, s := range r.sent {
		fmt.Fprintf(&b, "%s gets %q\n", s.process, s.text)
	}
	for _, l := range r.log {
		b.WriteString(l + "\n")
	}
	for _, l := range r.listeners {
		fmt.Fprintf(&b, "%s is in state %d with %d bytes\n", l.key, l.state, len(l.line))
	}
	return b.String()
}

// serials are those of the events that were sent, in order.
func (r *rig) serials() string {
	var list []string
	for _, s := range r.sent {
		for field := range strings.FieldsSeq(s.text) {
			if n, ok := strings.CutPrefix(field, "poolserial:"); ok {
				list = append(list, n)
				break
			}
		}
	}
	return strings.Join(list, " ")
}

func (r *rig) publish(n int) {
	for range n {
		r.Publish(RemoteCommunication("t", "data"))
	}
}

func (r *rig) want(what, got, want string) {
	r.t.Helper()
	if got != want {
		r.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestEnvelope(t *testing.T) {
	r := newRig(t, 10, "p")
	r.up("p")
	r.say("p", "READY\n")
	r.Publish(RemoteCommunication("x", "é\r\n"))
	r.want("sent", r.sent[0].text, "ver:3.0 server:supervisor serial:0 pool:pool poolserial:0 eventname:REMOTE_COMMUNICATION len:15\ntype:x\n\\u00e9\r\n")
	r.say("p", "RESULT 2\nOKREADY\n")
	r.Publish(SupervisorState(false))
	r.want("sent", r.sent[1].text, "ver:3.0 server:supervisor serial:1 pool:pool poolserial:1 eventname:SUPERVISOR_STATE_CHANGE_STOPPING len:0\n")
}

// TestWho gets an event: only a process that is RUNNING and READY, the first such
// in the order of the configuration.
func TestWho(t *testing.T) {
	r := newRig(t, 10, "a", "b", "c")
	r.publish(1)
	r.Started(full("b"))
	r.say("b", "READY\n")
	r.want("sent while STARTING", r.serials(), "")
	r.Running(full("b"), true)
	r.want("sent", r.serials(), "0")
	for _, p := range []string{"c", "a"} {
		r.up(p)
		r.say(p, "READY\n")
	}
	r.publish(3)
	if len(r.sent) != 3 || r.sent[1].process != "pool:a" || r.sent[2].process != "pool:c" {
		t.Errorf("sent %q", r.sent)
	}
	// STOPPING: its result counts, but it gets nothing more.
	r.Running(full("a"), false)
	r.say("a", "RESULT 2\nOKREADY\n")
	r.want("sent", r.serials(), "0 1 2")
	r.Ended(full("a"))
	r.say("c", "RESULT 2\nOKREADY\n")
	r.want("sent", r.serials(), "0 1 2 3")
	// Unknown processes are no listeners, and nobody's business.
	r.Started("web")
	r.Running("web", true)
	r.Received("web", []byte("READY\n"), r.now)
	r.Ended("web")
	r.Running(full("a"), true) // it has ended
	r.say("a", "READY\n")
	r.publish(1)
	r.want("sent", r.serials(), "0 1 2 3")
}

// TestHang: a listener that hangs in BUSY costs one event, not the others.
func TestHang(t *testing.T) {
	r := newRig(t, 2, "a", "b")
	for _, p := range []string{"a", "b"} {
		r.up(p)
		r.say(p, "READY\n")
	}
	r.publish(1) // a has it, for ever
	for range 100 {
		r.publish(1)
		r.say("b", "RESULT 2\nOKREADY\n")
	}
	if len(r.sent) != 101 || len(r.log) != 0 {
		t.Errorf("sent %d events, logged %q", len(r.sent), r.log)
	}
}

func TestClosedStdin(t *testing.T) {
	r := newRig(t, 10, "a", "b")
	for _, p := range []string{"a", "b"} {
		r.up(p)
		r.say(p, "READY\n")
	}
	r.closed["pool:a"] = true
	r.publish(3)
	if len(r.sent) != 1 || r.sent[0].process != "pool:b" {
		t.Fatalf("sent %q", r.sent)
	}
	r.say("b", "RESULT 2\nOKREADY\n")
	r.Ended(full("a"))
	r.closed["pool:a"] = false
	r.up("a")
	r.say("a", "READY\n")
	r.want("sent", r.serials(), "0 1 2")
	if len(r.log) != 0 {
		t.Errorf("logged %q", r.log)
	}
}

// TestOverflow: the oldest events go, with one warning and one account of it.
func TestOverflow(t *testing.T) {
	r := newRig(t, 3, "p")
	r.publish(13)
	r.want("log", strings.Join(r.log, "\n"), "ERRO pool pool event buffer overflowed, discarding event 0")
	r.up("p")
	r.say("p", "READY\n")
	r.publish(2) // 11 is dropped as well
	for range 3 {
		r.say("p", "RESULT 2\nOKREADY\n")
	}
	r.want("sent", r.serials(), "10 12 13 14")
	r.want("log", strings.Join(r.log, "\n"), "ERRO pool pool event buffer overflowed, discarding event 0")
	r.say("p", "RESULT 2\nOKREADY\n")
	r.want("log", strings.Join(r.log, "\n"), "ERRO pool pool event buffer overflowed, discarding event 0\n"+
		"WARN pool pool event buffer overflow is over, 11 events were discarded")
	// The next time is told again.
	r.publish(5)
	r.want("log", r.log[len(r.log)-1], "ERRO pool pool event buffer overflowed, discarding event 16")
	// A returned event is the last to go: the one after it is dropped, as in supervisord.
	r.say("p", "RESULT 4\nFAILREADY\n")
	r.want("sent", r.serials(), "10 12 13 14 15 15")
	if n := len(r.pools[0].queue); n != 2 {
		t.Errorf("%d events wait", n)
	}
}

func TestRejected(t *testing.T) {
	r := newRig(t, 20, "p")
	r.into(ready)
	r.publish(3)
	var pauses []time.Duration
	for range 9 {
		n := len(r.sent)
		r.say("p", "RESULT 4\nFAIL")
		if len(r.sent) != n {
			t.Fatal("delivered again before READY")
		}
		r.say("p", "READY\n")
		if next := r.NextTick(r.now); !next.IsZero() {
			pauses = append(pauses, next.Sub(r.now))
			r.publish(1) // does not wake the queue
			r.Tick(next.Add(-1))
			if len(r.sent) != n {
				t.Fatalf("delivered again before the pause of %v was over", pauses)
			}
			r.now = next
			r.Tick(r.now)
		}
		if len(r.sent) != n+1 || r.sent[n].text != r.sent[0].text {
			t.Fatalf("sent %q", r.sent)
		}
	}
	r.want("pauses", fmt.Sprint(pauses), "[1s 2s 4s 8s 10s 10s 10s 10s]")
	r.want("log", strings.Join(r.log, "\n"), strings.TrimSpace(strings.Repeat("WARN p: event was rejected\n", 9)))
	r.sent = nil
	r.say("p", "RESULT 2\nOKREADY\n")
	r.say("p", "RESULT 2\nOKREADY\n")
	r.want("sent", r.serials(), "1 2")
	if next := r.NextTick(r.now); !next.IsZero() {
		t.Errorf("waits until %v", next)
	}
}

// TestOrder: events that come back from several processes are in order again.
func TestOrder(t *testing.T) {
	r := newRig(t, 10, "a", "b", "c")
	for _, p := range []string{"a", "b", "c"} {
		r.up(p)
		r.say(p, "READY\n")
	}
	r.publish(5)
	r.say("b", "RESULT 4\nFAIL")
	r.Ended(full("a"))
	r.say("c", "garbage\n")
	r.sent = nil
	for range 5 {
		r.say("b", "READY\n")
		r.say("b", "RESULT 2\nOK")
	}
	r.want("sent", r.serials(), "0 1 2 3 4")
}

// TestAnyResult: where a result is for code that we have not got, every one is as good
// as OK, and no event comes again.
func TestAnyResult(t *testing.T) {
	r := newRig(t, 20, "p")
	r.pools[0].any = true
	r.into(ready)
	r.publish(3)
	for _, result := range []string{"4\nline", "0\n", "2\nOK"} {
		r.say("p", "RESULT "+result+"READY\n")
	}
	if len(r.sent) != 3 || r.sent[0].text == r.sent[1].text {
		t.Errorf("sent %q", r.sent)
	}
	r.want("log", strings.Join(r.log, "\n"), "")
}

// TestPools: each pool has its own queue and serials, and a rejected event goes
// back to its own.
func TestPools(t *testing.T) {
	r := newRig(t, 10)
	programs := slices.Concat(
		poolOf("pool", 10, []string{"REMOTE_COMMUNICATION"}, "p"),
		[]*config.Program{{Name: "web", Group: "web"}},
		poolOf("other", 10, []string{"EVENT"}, "other"),
	)
	r.SetPools(programs)
	r.into(ready)
	r.Started("other")
	r.Running("other", true)
	r.Received("other", []byte("READY\n"), r.now)
	r.Publish(GroupAdded("web"))
	r.Received("other", []byte("RESULT 4\nFAILREADY\n"), r.now)
	r.Publish(RemoteCommunication("t", ""))
	r.Received("other", []byte("RESULT 2\nOKREADY\n"), r.now)
	want := []delivery{
		{"other", "ver:3.0 server:supervisor serial:0 pool:other poolserial:0 eventname:PROCESS_GROUP_ADDED len:14\ngroupname:web\n"},
		{"other", "ver:3.0 server:supervisor serial:0 pool:other poolserial:0 eventname:PROCESS_GROUP_ADDED len:14\ngroupname:web\n"},
		{"pool:p", "ver:3.0 server:supervisor serial:1 pool:pool poolserial:0 eventname:REMOTE_COMMUNICATION len:7\ntype:t\n"},
		{"other", "ver:3.0 server:supervisor serial:1 pool:other poolserial:1 eventname:REMOTE_COMMUNICATION len:7\ntype:t\n"},
	}
	if !slices.Equal(r.sent, want) {
		t.Errorf("sent\n%q\nwant\n%q", r.sent, want)
	}
}

// TestReload: what stays keeps its events, its serials and its state.
func TestReload(t *testing.T) {
	r := newRig(t, 10, "p", "q")
	r.into(ready)
	r.up("q")
	r.say("q", "READY\n")
	r.publish(6) // p has 0, q has 1
	types := []string{"SUPERVISOR_STATE_CHANGE"}
	r.SetPools(slices.Concat(poolOf("pool", 10, types, "q"), poolOf("new", 10, types, "n")))
	r.want("log", strings.Join(r.log, "\n"), "")
	if r.Wants(RemoteComm) || !r.Wants(SupervisorRunning) {
		t.Error("wants what it wanted before")
	}
	r.publish(1)
	r.Publish(SupervisorState(true))
	r.sent = nil
	r.say("p", "RESULT 2\nOK") // p is no listener any more
	r.Ended(full("p"))
	for range 7 {
		r.say("q", "RESULT 2\nOKREADY\n")
	}
	// What p had not answered is the oldest again.
	r.want("sent", r.serials(), "0 2 3 4 5 6")

	// A smaller buffer drops, an abandoned pool accounts for it.
	r.Publish(SupervisorState(true))
	for range 4 {
		r.Publish(SupervisorState(false))
	}
	r.log = nil
	r.SetPools(poolOf("pool", 2, types, "q"))
	r.SetPools(nil)
	r.want("log", strings.Join(r.log, "\n"), "ERRO pool pool event buffer overflowed, discarding event 8\n"+
		"WARN pool pool event buffer overflow is over, 3 events were discarded")
	if r.Wants("SUPERVISOR_STATE_CHANGE_RUNNING") {
		t.Error("wants events without pools")
	}
	r.Publish(SupervisorState(true))
}

func TestWants(t *testing.T) {
	b := NewBus(Options{})
	for _, name := range []string{"PROCESS_STATE_RUNNING", Tick5, LogStdout, "nonsense", ""} {
		if b.Wants(name) {
			t.Errorf("wants %q", name)
		}
	}
	b.SetPools(poolOf("pool", 1, []string{"PROCESS_STATE", Tick60}, "p"))
	for name, want := range map[string]bool{
		"PROCESS_STATE_RUNNING": true, Tick60: true, Tick5: false, "TICK": false, LogStdout: false, "EVENT": false, "nonsense": false,
	} {
		if b.Wants(name) != want {
			t.Errorf("wants %q: %v", name, !want)
		}
	}
	cancel := b.Subscribe(func(Event) {})
	if !b.Wants(Tick5) || !b.Wants(LogStdout) {
		t.Error("a subscriber of everything does not want everything")
	}
	cancel()
	cancel()
	if b.Wants(Tick5) {
		t.Error("wants what was cancelled")
	}
}

// TestSubscribe: subscribers see everything, may cancel and publish meanwhile, and
// cost no serial.
func TestSubscribe(t *testing.T) {
	r := newRig(t, 10, "p")
	var got []string
	var cancel func()
	cancel = r.Subscribe(func(e Event) {
		got = append(got, "first "+e.Type)
		cancel()
		r.Publish(GroupAdded("nested"))
	}, "REMOTE_COMMUNICATION", "TICK")
	r.Subscribe(func(e Event) { got = append(got, "second "+e.Type) })
	r.Publish(tickEvent(Tick5, 5)) // only subscribers
	r.publish(1)
	r.want("got", strings.Join(got, ", "), "first TICK_5, second PROCESS_GROUP_ADDED, second TICK_5, second REMOTE_COMMUNICATION")
	r.up("p")
	r.say("p", "READY\n")
	r.want("sent", r.sent[0].text, "ver:3.0 server:supervisor serial:0 pool:pool poolserial:0 eventname:PROCESS_GROUP_ADDED len:17\ngroupname:nested\n")
}

// TestRestart without Ended: the loop cannot have two incarnations.
func TestRestart(t *testing.T) {
	r := newRig(t, 10, "p")
	r.into(busy)
	r.say("p", "RESULT 4\nO")
	r.up("p")
	r.say("p", "READY\n")
	r.say("p", "RESULT 2\nOK")
	r.want("sent", r.serials(), "0 0")
	if len(r.pools[0].queue) != 0 || len(r.log) != 0 {
		t.Errorf("%d events wait, logged %q", len(r.pools[0].queue), r.log)
	}
}

func BenchmarkPublish(b *testing.B) {
	bus := NewBus(Options{Identifier: "supervisor", Log: func(string, string) {}, Send: func(string, []byte) error { return nil }})
	bus.SetPools(poolOf("pool", 10, []string{"PROCESS_STATE"}, "p"))
	bus.Started("pool:p")
	bus.Running("pool:p", true)
	bus.Received("pool:p", []byte("READY\n"), start)
	e := ProcessState("RUNNING", "web", "web", "STARTING", StateDetail{PID: 7})
	answer := []byte("RESULT 2\nOKREADY\n")
	for b.Loop() {
		bus.Publish(e)
		bus.Received("pool:p", answer, start)
	}
}

func BenchmarkWantsNothing(b *testing.B) {
	bus := NewBus(Options{})
	for b.Loop() {
		if bus.Wants("PROCESS_STATE_RUNNING") {
			b.Fatal("wants it")
		}
	}
}

// room counts the memory of a test's bus.
type room struct{ limit, used int }

func (r *room) Take(have, n int) bool {
	if r.used+n > r.limit {
		return false
	}
	r.used += n
	return true
}

func (r *room) Give(n int) { r.used -= n }

// TestBuffer: events that wait have a bound in bytes as well, and give it back: when
// they are sent, when they are too old, and when their pool is removed.
func TestBuffer(t *testing.T) {
	r := &room{limit: 1000}
	b := NewBus(Options{Buffer: r, Log: func(string, string) {}, Send: func(string, []byte) error { return nil }})
	pools := []*config.Program{{Name: "l", Group: "l", Pool: &config.Pool{Name: "l", Events: []string{"PROCESS_LOG"}, BufferSize: 100}}}
	b.SetPools(pools)
	for i := range 50 {
		for _, e := range ProcessLog("stdout", "p", "p", 1, bytes.Repeat([]byte("x"), 200)) {
			b.Publish(e)
		}
		if n := len(b.pools[0].queue); r.used > r.limit || n != min(i+1, 4) {
			t.Fatalf("after %d events %d wait, with %d bytes", i+1, n, r.used)
		}
	}
	name := pools[0].FullName()
	b.Started(name)
	b.Running(name, true)
	b.Received(name, []byte("READY\n"), time.Now())
	if n := len(b.pools[0].queue); n != 3 || r.used < 600 || r.used > 1000 {
		t.Errorf("one is sent: %d wait, with %d bytes", n, r.used)
	}
	b.SetPools(nil)
	if r.used != 0 {
		t.Errorf("%d bytes are left", r.used)
	}
}
