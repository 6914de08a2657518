package events

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"entrypoint/config"
)

// world is a Bus with honest and dishonest listeners, and a check of what must
// hold whatever happens.
type world struct {
	t         *testing.T
	b         *Bus
	programs  []*config.Program
	procs     map[string]*proc
	now       time.Time
	published int
	dropped   map[string]int // by pool, as the log accounts for it
	overflows map[string]int
	next      map[string]int64            // by pool: the youngest event that was sent, plus one
	back      map[string]map[int64]bool   // by pool: events that were sent and came back
	done      map[string]map[int64]bool   // by pool: events that were answered with OK
	text      map[string]map[int64]string // by pool: as they were sent first
}

type proc struct {
	pool    string
	running bool
	ready   bool  // has said so, and was sent nothing since
	busy    int64 // pool serial of the event that it has; -1: none
	there   bool
	unknown bool
	closed  bool
}

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, procs: map[string]*proc{}, now: start, dropped: map[string]int{}, overflows: map[string]int{},
		next: map[string]int64{}, back: map[string]map[int64]bool{}, done: map[string]map[int64]bool{}, text: map[string]map[int64]string{},
	}
	w.b = NewBus(Options{Identifier: "id", Log: w.log, Send: w.send})
	w.programs = append(poolOf("one", 1, []string{"REMOTE_COMMUNICATION"}, "a"), poolOf("three", 4, []string{"EVENT"}, "x", "y", "z")...)
	w.b.SetPools(w.programs)
	for _, p := range w.programs {
		w.procs[p.FullName()] = &proc{pool: p.Pool.Name, busy: -1}
		for _, m := range []*map[string]map[int64]bool{&w.back, &w.done} {
			(*m)[p.Pool.Name] = map[int64]bool{}
		}
		w.text[p.Pool.Name] = map[int64]string{}
	}
	return w
}

func (w *world) log(_, line string) {
	fields := strings.Fields(line)
	switch {
	case strings.Contains(line, "overflowed"):
		w.overflows[fields[1]]++
		if w.overflows[fields[1]] > 1 {
			w.t.Fatalf("a second warning of one overflow: %s", line)
		}
	case strings.Contains(line, "overflow is over"):
		n, _ := strconv.Atoi(fields[7])
		if n < 1 || w.overflows[fields[1]] != 1 {
			w.t.Fatalf("%s", line)
		}
		w.dropped[fields[1]] += n
		w.overflows[fields[1]] = 0
	}
}

func (w *world) send(process string, data []byte) error {
	p := w.procs[process]
	if p.closed {
		return errors.New("closed")
	}
	head, payload, _ := strings.Cut(string(data), "\n")
	field := map[string]string{}
	for f := range strings.FieldsSeq(head) {
		k, v, _ := strings.Cut(f, ":")
		field[k] = v
	}
	if field["len"] != strconv.Itoa(len(payload)) || field["pool"] != p.pool {
		w.t.Fatalf("%s gets %q", process, data)
	}
	if !p.there || !p.running || !p.ready || p.busy >= 0 || p.unknown {
		w.t.Fatalf("%+v gets %q", p, data)
	}
	n, _ := strconv.ParseInt(field["poolserial"], 10, 64)
	switch {
	case w.done[p.pool][n]:
		w.t.Fatalf("event %d was processed already", n)
	case w.back[p.pool][n]:
		if w.text[p.pool][n] != string(data) {
			w.t.Fatalf("%q is delivered again as %q", w.text[p.pool][n], data)
		}
		delete(w.back[p.pool], n)
	case n < w.next[p.pool]:
		w.t.Fatalf("event %d was sent already, and has not come back", n)
	default:
		// What was sent and came back is older than this, and goes first, unless an
		// overflow dropped it.
		for old := range w.back[p.pool] {
			if w.queued(p.pool, old) {
				w.t.Fatalf("event %d before %d", n, old)
			}
			delete(w.back[p.pool], old)
		}
		w.next[p.pool] = n + 1
		w.text[p.pool][n] = string(data)
	}
	p.busy, p.ready = n, false
	return nil
}

func (w *world) queued(pool string, serial int64) bool {
	for _, p := range w.b.pools {
		for _, e := range p.queue {
			if p.name == pool && e.poolSerial == serial {
				return true
			}
		}
	}
	return false
}

func (w *world) step(op, which, how int) string {
	name := w.programs[which%len(w.programs)].FullName()
	p := w.procs[name]
	comeBack := func() {
		if p.busy >= 0 {
			w.back[p.pool][p.busy] = true
			p.busy = -1
		}
	}
	say := func(text string) string {
		for text != "" { // in two pieces
			n := 1 + how%len(text)
			w.b.Received(name, []byte(text[:n]), w.now)
			text = text[n:]
		}
		return name + " says it"
	}
	switch op % 10 {
	case 0, 1, 2:
		w.published++
		w.b.Publish(RemoteCommunication("n", strconv.Itoa(w.published)))
		return "publish"
	case 3:
		w.b.Publish(SupervisorState(true))
		return "publish for pool three"
	case 4:
		comeBack()
		*p = proc{pool: p.pool, busy: -1, closed: p.closed}
		if how%2 == 0 {
			w.b.Ended(name)
			return name + " ends"
		}
		p.there = true
		w.b.Started(name)
		return name + " starts"
	case 5:
		p.running = p.there && how%3 > 0
		w.b.Running(name, p.running)
		return fmt.Sprint(name, " running: ", p.running)
	case 6:
		w.now = w.now.Add(time.Duration(how) * time.Second)
		w.b.Tick(w.now)
		return "time passes"
	case 7:
		p.closed = how%2 == 0
		return name + " closes or opens"
	}
	if !p.there || p.unknown {
		return say("noise\n")
	}
	switch {
	case p.busy < 0 && !p.ready && how%8 > 0:
		p.ready = true
		return say("READY\n")
	case p.busy >= 0 && how%8 > 2:
		w.done[p.pool][p.busy] = true
		p.busy = -1
		if how%2 == 0 {
			return say("RESULT 2\nOK")
		}
		// ready once the last byte is there
		say("RESULT 2\nOK")
		p.ready = true
		return say("READY\n")
	case p.busy >= 0 && how%8 > 0:
		comeBack()
		return say("RESULT 4\nFAIL")
	}
	comeBack()
	p.unknown, p.ready = true, false
	return say("nonsense\n")
}

// check compares the Bus with what the world knows.
func (w *world) check() {
	for name, p := range w.procs {
		l := w.b.listeners[name]
		want := absent
		switch {
		case !p.there:
		case p.unknown:
			want = unknown
		case p.busy >= 0:
			want = busy
		case p.ready:
			want = ready
		default:
			want = acknowledged
		}
		if l.state != want || (l.entry != nil) != (want == busy) {
			w.t.Fatalf("%s is in state %d, want %d", name, l.state, want)
		}
	}
	for _, p := range w.b.pools {
		if len(p.queue) > p.limit {
			w.t.Fatalf("%d events wait in pool %s", len(p.queue), p.name)
		}
		free, held := 0, 0
		for _, l := range p.members {
			if l.entry != nil {
				held++
			}
			if l.running && l.state == ready && !w.procs[l.key].closed {
				free++
			}
		}
		for i := 1; i < len(p.queue); i++ {
			if p.queue[i-1].poolSerial >= p.queue[i].poolSerial {
				w.t.Fatalf("the queue of pool %s is out of order", p.name)
			}
		}
		// Nothing is lost without an account.
		gone := len(w.done[p.name]) + held + len(p.queue) + w.dropped[p.name] + p.dropped
		if int64(gone) != p.serial {
			w.t.Fatalf("pool %s: of %d events %d are accounted for", p.name, p.serial, gone)
		}
	}
}

// settle lets time pass and asks every listener for what it is worth: in the end
// nothing waits where somebody can take it.
func (w *world) settle() {
	for _, p := range w.procs {
		p.closed = false
	}
	for range 40 {
		w.now = w.now.Add(longestPause)
		w.b.Tick(w.now)
		for name, p := range w.procs {
			if !p.there || p.unknown {
				if p.busy >= 0 {
					w.t.Fatalf("%s is gone with an event", name)
				}
				*p = proc{pool: p.pool, busy: -1, there: true}
				w.b.Started(name)
			}
			p.running = true
			w.b.Running(name, true)
			if p.busy >= 0 {
				w.done[p.pool][p.busy] = true
				p.busy = -1
				w.b.Received(name, []byte("RESULT 2\nOK"), w.now)
			}
			if !p.ready {
				p.ready = true
				w.b.Received(name, []byte("READY\n"), w.now)
			}
			w.check()
		}
	}
	for _, p := range w.b.pools {
		if len(p.queue) > 0 || p.dropped > 0 {
			w.t.Fatalf("pool %s still has %d events", p.name, len(p.queue))
		}
	}
}

func (w *world) run(script []byte) {
	var history []string
	defer func() {
		if w.t.Failed() {
			w.t.Log(strings.Join(history[max(0, len(history)-30):], "\n"))
		}
	}()
	for ; len(script) >= 3; script = script[3:] {
		history = append(history, fmt.Sprint(script[:3], ": "))
		history[len(history)-1] += w.step(int(script[0]), int(script[1]), int(script[2]))
		w.check()
	}
	w.settle()
}

func TestRandom(t *testing.T) {
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 7))
		script := make([]byte, 3*500)
		for i := range script {
			script[i] = byte(random.Uint32())
		}
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { newWorld(t).run(script) })
		if t.Failed() {
			return
		}
	}
}

func FuzzBus(f *testing.F) {
	f.Add([]byte{4, 0, 1, 5, 0, 1, 8, 0, 1, 0, 0, 0, 8, 0, 1, 8, 0, 1, 8, 0, 1, 6, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, script []byte) { newWorld(t).run(script) })
}
