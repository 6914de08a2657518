package logs

import (
	"strconv"
	"sync"
	"time"
)

// backlog is how many bytes of lines wait for a slow reader before lines are
// dropped: enough for what the start of some thousand programs says at once.
const backlog = 1 << 18

// queue is what stands between a caller that must not wait and a write that may
// have to. Its goroutine is there while there is something to write.
type queue struct {
	write func(text []byte)
	lost  func(lines string) string // the line that says how many were dropped
	rest  func()                    // called when all is written; nil: nothing is to be done then

	mu      sync.Mutex
	entries []entry
	size    int // of their text
	dropped int
	running bool
	closed  bool
}

// entry is text to write, then something else to be done.
type entry struct {
	text []byte
	do   func()
}

// put adds a text; it is dropped where too much is waiting.
func (q *queue) put(text string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	if q.size+len(text) > backlog && q.size > 0 {
		q.dropped++
		return
	}
	if q.dropped > 0 {
		text = q.lost(strconv.Itoa(q.dropped)+" lines") + text
		q.dropped = 0
	}
	q.size += len(text)
	if n := len(q.entries); n > 0 && q.entries[n-1].do == nil {
		q.entries[n-1].text = append(q.entries[n-1].text, text...)
		return
	}
	q.add(entry{text: []byte(text)})
}

// then has do done after all that has been put.
func (q *queue) then(do func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.add(entry{do: do})
	}
}

// add needs the lock.
func (q *queue) add(e entry) {
	q.entries = append(q.entries, e)
	if !q.running {
		q.running = true
		go q.run()
	}
}

func (q *queue) run() {
	for {
		q.mu.Lock()
		entries := q.entries
		q.entries, q.size = nil, 0
		if entries == nil {
			if q.rest != nil {
				q.rest()
			}
			q.running = false
			q.mu.Unlock()
			return
		}
		q.mu.Unlock()
		for _, e := range entries {
			if len(e.text) > 0 {
				q.write(e.text)
			}
			if e.do != nil {
				e.do()
			}
		}
	}
}

// idle says whether everything has been written.
func (q *queue) idle() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return !q.running
}

// flush waits until what has been put is written, for at most limit.
func (q *queue) flush(limit time.Duration) {
	if q.idle() {
		return
	}
	done := make(chan struct{})
	q.then(func() { close(done) })
	wait(done, limit)
}

// close does last after all that has been put, and takes nothing more. It waits
// for at most limit.
func (q *queue) close(last func(), limit time.Duration) {
	done := make(chan struct{})
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return
	}
	q.add(entry{do: func() { last(); close(done) }})
	q.closed = true
	q.mu.Unlock()
	wait(done, limit)
}

func wait(done <-chan struct{}, limit time.Duration) {
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	select {
	case <-done:
	case <-timeout.C:
	}
}
