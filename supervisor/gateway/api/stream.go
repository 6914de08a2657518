package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// stream is an answer of server-sent events that goes on.
type stream struct {
	mu    sync.Mutex
	w     http.ResponseWriter
	flush *http.ResponseController
}

// open begins a stream, and lets it beat if the client wants that. The context
// ends when the client is gone.
func open(ctx context.Context, w http.ResponseWriter, beat time.Duration) *stream {
	s := &stream{w: w, flush: http.NewResponseController(w)}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would collect it
	_ = s.put("retry: 1000\n\n")
	if beat > 0 {
		go s.beat(ctx, beat)
	}
	return s
}

func (s *stream) beat(ctx context.Context, every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if s.put(":\n\n") != nil {
				return
			}
		}
	}
}

// send sends v as an event; "" is an event without a name or id.
func (s *stream) send(name, id string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	head := ""
	if name != "" {
		head += "event: " + name + "\n"
	}
	if id != "" {
		head += "id: " + id + "\n"
	}
	return s.put(head + "data: " + string(text) + "\n\n")
}

func (s *stream) put(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.flush.Flush()
}

// follows says whether a client wants a stream, and how often it is to beat.
func follows(r *http.Request) (follow bool, beat time.Duration, err error) {
	q := r.URL.Query()
	if follow, err = boolean(r, "follow"); err != nil {
		return false, 0, err
	}
	follow = follow || q.Get("follow") == "" && accepts(r, "text/event-stream")
	if text := q.Get("heartbeat"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 5 || n > 3600 {
			return false, 0, wrong("heartbeat is a number of seconds from 5 to 3600")
		}
		beat = time.Duration(n) * time.Second
	}
	return follow, beat, nil
}

// accepts says whether a client has asked for a type by its name.
func accepts(r *http.Request, kind string) bool {
	for _, accepted := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(accepted, ",") {
			name, _, _ := strings.Cut(part, ";")
			if strings.TrimSpace(name) == kind {
				return true
			}
		}
	}
	return false
}
