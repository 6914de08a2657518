package api

import (
	"context"
	"strconv"
	"sync"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
)

// maxEvents is how many the hub keeps for followers that are slow.
const maxEvents = 1024

// Event is an event of the control protocol with an id: its time in nanoseconds,
// so that it stays the same when the gateway is a new one.
type Event struct {
	ID int64 `json:"id,string"`
	*control.Event
}

// hub is one connection for all who follow events, as long as there are any.
type hub struct {
	asker ask.Asker
	mu    sync.Mutex
	feed  *feed
}

// feed is what a hub follows from its first follower to its last. All of it is
// under hub.mu.
type feed struct {
	followers int
	cancel    func()
	events    []Event
	first     int           // the number of events[0]
	changed   chan struct{} // closed when there is more
	ended     bool
}

// join makes the caller a follower, until leave.
func (h *hub) join() (f *feed, leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.feed == nil {
		ctx, cancel := context.WithCancel(context.Background())
		h.feed = &feed{cancel: cancel, changed: make(chan struct{})}
		go h.follow(ctx, h.feed)
	}
	f = h.feed
	f.followers++
	return f, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if f.followers--; f.followers == 0 {
			f.cancel()
			h.forget(f)
		}
	}
}

// forget lets the next follower begin anew.
func (h *hub) forget(f *feed) {
	if h.feed == f {
		h.feed = nil
	}
}

// follow fills f, first with what was kept, until nobody follows any more.
func (h *hub) follow(ctx context.Context, f *feed) {
	last := int64(0)
	_ = h.asker.Do(ctx, &control.Request{Do: control.DoEvents, Follow: true}, func(a *control.Answer) error {
		switch {
		case a.Event != nil:
			e := numbered(a.Event, last)
			last = e.ID
			h.add(f, e)
		case a.Lost > 0:
			h.mu.Lock()
			f.first += len(f.events) + a.Lost // a gap, for those who count
			f.events = nil
			h.mu.Unlock()
		}
		return nil
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	f.ended = true
	close(f.changed)
	h.forget(f)
}

func (h *hub) add(f *feed, e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(f.events) >= maxEvents {
		f.events = append([]Event(nil), f.events[maxEvents/4:]...) // followers hold parts of the old one
		f.first += maxEvents / 4
	}
	f.events = append(f.events, e)
	close(f.changed)
	f.changed = make(chan struct{})
}

// since returns the events from number n on, the number after them, how many were
// lost before them, and what is closed when there are more.
func (h *hub) since(f *feed, n int) (events []Event, next, lost int, changed chan struct{}, ended bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	next = f.first + len(f.events)
	from := max(n, f.first)
	return f.events[min(from-f.first, len(f.events)):], max(next, from), from - n, f.changed, f.ended
}

// recent are the events that entry-point has kept.
func recent(ctx context.Context, a ask.Asker) ([]Event, error) {
	last, list := int64(0), []Event{}
	err := a.Do(ctx, &control.Request{Do: control.DoEvents}, func(a *control.Answer) error {
		if a.Event != nil {
			e := numbered(a.Event, last)
			last = e.ID
			list = append(list, e)
		}
		return nil
	})
	return list, err
}

// numbered gives an event its id, which is above that of the one before.
func numbered(e *control.Event, last int64) Event { return Event{max(e.Time.UnixNano(), last+1), e} }

// number reads an id; 0: it is none of ours.
func number(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
