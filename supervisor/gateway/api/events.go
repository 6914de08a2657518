package api

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"entrypoint/supervisor/control"
)

// events answers with the events that are kept, or with a stream of those and of
// what happens from then on.
func (x *API) events(w http.ResponseWriter, r *http.Request) error {
	if err := parameters(r, "follow", "heartbeat", "after", "program"); err != nil {
		return err
	}
	follow, beat, err := follows(r)
	if err != nil {
		return err
	}
	after := number(cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after")))
	if follow && r.URL.Query().Has("program") {
		return wrong("program does not go with follow")
	}
	if follow && r.Method != http.MethodHead {
		// Whether entry-point answers shows before anything is sent.
		if err := x.asker.Do(r.Context(), &control.Request{Do: control.DoInfo}, nil); err != nil {
			return err
		}
		x.follow(r, open(r.Context(), w, beat), after)
		return nil
	}
	list, err := recent(r.Context(), x.asker)
	if err != nil {
		return err
	}
	of := r.URL.Query().Get("program")
	list = slices.DeleteFunc(list, func(e Event) bool { return e.ID <= after || of != "" && e.Program != of })
	return write(w, map[string]any{"events": list})
}

func (x *API) follow(r *http.Request, s *stream, after int64) {
	f, leave := x.hub.join()
	defer leave()
	n, begun := 0, false
	for {
		events, next, lost, changed, ended := x.hub.since(f, n)
		if lost > 0 && begun && s.send("lost", "", map[string]int{"lost": lost}) != nil {
			return
		}
		for _, e := range events {
			if e.ID > after && s.send("", strconv.FormatInt(e.ID, 10), e) != nil {
				return
			}
		}
		n, begun = next, true
		if ended {
			return // the client connects again
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}
