package events

import (
	"slices"
	"time"

	"entrypoint/config"
)

// Options are what a Bus needs of the loop. The functions must not call the Bus.
type Options struct {
	// Buffer counts the memory of the events that wait; nil: nobody does. Take asks
	// for n bytes more for a pool that has had have, Give gives n back.
	Buffer interface {
		Take(have, n int) bool
		Give(n int)
	}
	// Identifier is supervisord's identifier=, the "server" of each header.
	Identifier string
	// Log writes one line to supervisord's log; level is its word for it, "WARN"
	// or "ERRO".
	Log func(level, line string)
	// Send hands bytes to the standard input of a process, given by its full name.
	// It must take all of them or none, must not wait, and must copy what it
	// keeps. After an error another process is tried.
	Send func(process string, data []byte) error
}

// Bus takes events from the loop to the listeners. It belongs to one goroutine.
type Bus struct {
	o           Options
	pools       []*pool
	listeners   map[string]*listener // by the full name of the process
	subscribers []*subscriber
	groups      map[string]bool // of programs, that have been announced
	serial      int64           // of the next event
	slices      [periods]int64  // of time that TICK events have been made for; 0: none yet
	envelope    []byte          // reused
}

type subscriber struct {
	types []string
	f     func(Event) // nil: cancelled
}

// NewBus returns a Bus without pools, on which nothing is wanted.
func NewBus(o Options) *Bus { return &Bus{o: o} }

// SetPools makes the pools of these programs the ones that there are: at the start
// and after each reload. Programs that are no listeners do not matter. A pool that
// was there before keeps its queue and its serials, a listener its state.
func (b *Bus) SetPools(programs []*config.Program) {
	var (
		pools     []*pool
		listeners map[string]*listener
	)
	for _, p := range programs {
		if p.Pool == nil {
			continue
		}
		if listeners == nil {
			listeners = make(map[string]*listener)
		}
		at := slices.IndexFunc(pools, func(o *pool) bool { return o.name == p.Pool.Name })
		if at < 0 {
			at = len(pools)
			pools = append(pools, b.poolFor(p.Pool))
		}
		l := b.listeners[p.FullName()]
		if l == nil || l.pool != pools[at] {
			l = &listener{key: p.FullName(), name: p.Name, pool: pools[at]}
		}
		pools[at].members = append(pools[at].members, l)
		listeners[l.key] = l
	}
	for _, l := range b.listeners {
		if listeners[l.key] != l {
			b.giveBack(l)
		}
	}
	for _, old := range b.pools {
		if !slices.Contains(pools, old) {
			b.caughtUp(old)
			for len(old.queue) > 0 {
				b.next(old)
			}
		}
	}
	b.pools, b.listeners = pools, listeners
	for _, p := range pools {
		b.trim(p, p.limit)
		b.dispatch(p)
	}
}

// poolFor is the pool of that name with its new settings and no members yet.
func (b *Bus) poolFor(c *config.Pool) *pool {
	for _, p := range b.pools {
		if p.name == c.Name {
			p.types, p.limit, p.any, p.members = c.Events, max(c.BufferSize, 1), c.AnyResult, nil
			return p
		}
	}
	return &pool{name: c.Name, types: c.Events, limit: max(c.BufferSize, 1), any: c.AnyResult}
}

// Subscribe calls f, within Publish, for each event of these types or below them;
// of all types if none is given. Unlike a listener, f gets every event.
func (b *Bus) Subscribe(f func(Event), types ...string) (cancel func()) {
	if len(types) == 0 {
		types = []string{"EVENT"}
	}
	s := &subscriber{types, f}
	b.subscribers = append(slices.Clip(b.subscribers), s)
	return func() {
		s.f = nil
		// A copy: Publish may be going through the list.
		b.subscribers = slices.DeleteFunc(slices.Clone(b.subscribers), func(o *subscriber) bool { return o == s })
	}
}

// Wants says whether an event of this type would reach anybody. If not, it need
// not be made.
func (b *Bus) Wants(name string) bool {
	for _, p := range b.pools {
		if within(name, p.types) {
			return true
		}
	}
	for _, s := range b.subscribers {
		if within(name, s.types) {
			return true
		}
	}
	return false
}

// within says whether an event type, or one above it, is one of types.
func within(name string, types []string) bool {
	for ok := true; ok && name != ""; name, ok = config.EventParent(name) {
		if slices.Contains(types, name) {
			return true
		}
	}
	return false
}

// Publish hands an event to everybody who subscribed to it.
func (b *Bus) Publish(e Event) {
	serial := int64(-1)
	for _, p := range b.pools {
		if !within(e.Type, p.types) {
			continue
		}
		if serial < 0 {
			serial = b.serial
			b.serial++
		}
		b.enqueue(p, &entry{event: e, serial: serial, poolSerial: p.serial})
		p.serial++
		b.dispatch(p)
	}
	for _, s := range b.subscribers {
		if s.f != nil && within(e.Type, s.types) {
			s.f(e)
		}
	}
}

// Started says that a process, given by its full name, has been started: a
// listener has to say READY before anything else.
func (b *Bus) Started(process string) {
	if l := b.listeners[process]; l != nil {
		b.giveBack(l)
		l.state, l.running = acknowledged, false
		b.dispatch(l.pool)
	}
}

// Running says whether a process is in the state RUNNING now. Only then events are
// sent to it.
func (b *Bus) Running(process string, running bool) {
	if l := b.listeners[process]; l != nil && l.state != absent {
		l.running = running
		b.dispatch(l.pool)
	}
}

// Ended says that a process has ended. Received must have been called with what
// was left in its pipe, which may be the result of its last event.
func (b *Bus) Ended(process string) {
	if l := b.listeners[process]; l != nil {
		b.giveBack(l)
		b.dispatch(l.pool)
	}
}

// giveBack forgets an incarnation of a listener. The event that it had not
// answered goes back to its pool.
func (b *Bus) giveBack(l *listener) {
	e := l.entry
	l.reset()
	if e != nil {
		b.enqueue(l.pool, e)
	}
}

// Received says what a process has printed on its standard output; data is not
// kept. now is when a pause of redelivery begins.
func (b *Bus) Received(process string, data []byte, now time.Time) {
	l := b.listeners[process]
	if l == nil {
		return
	}
	for len(data) > 0 && l.state != absent && l.state != unknown {
		var what outcome
		what, data = l.read(data)
		b.react(l, what, now)
	}
}

// react carries out what a listener has said.
func (b *Bus) react(l *listener, what outcome, now time.Time) {
	e := l.entry
	switch what {
	case said:
		return
	case saidReady:
		l.state = ready
		// At once, so that it does not matter how the bytes were split.
		b.dispatch(l.pool)
		return
	case accepted:
		l.state, l.entry = acknowledged, nil
		return
	case rejected:
		b.o.Log("WARN", l.name+": event was rejected")
		l.state, l.entry = acknowledged, nil
		e.reject(now)
	case badResult:
		b.o.Log("WARN", l.name+": bad result line: '"+string(appendText(nil, l.line))+"'")
		b.lost(l)
	case broken:
		b.lost(l)
	}
	if e != nil {
		b.enqueue(l.pool, e)
		b.dispatch(l.pool)
	}
}

// lost gives up a listener that does not speak the protocol, until it is started
// again.
func (b *Bus) lost(l *listener) {
	running := l.running
	l.reset()
	l.state, l.running = unknown, running
	b.o.Log("WARN", l.name+": has entered the UNKNOWN state and will no longer receive events, "+
		"this usually indicates the process violated the eventlistener protocol")
}
