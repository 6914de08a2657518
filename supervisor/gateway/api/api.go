package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/measure"
)

//go:embed openapi.json
var document []byte

// API answers what is below /v1/.
type API struct {
	asker   ask.Asker
	hub     hub
	samples *measure.Samples

	// places are for answers that are being made and written, which hold all of
	// their text. Streams have none.
	places ask.Places
}

// maxAnswers is how many answers there are at a time; of 1,000 programs each is
// about 0.6 MB.
const maxAnswers = 16

// placeTime is how long a request waits for its place.
const placeTime = 5 * time.Second

// New returns the API over a, with the samples of the last hour.
func New(a ask.Asker, s *measure.Samples) *API {
	return &API{asker: a, hub: hub{asker: a}, samples: s, places: make(ask.Places, maxAnswers)}
}

// action answers a request, or says why not; nothing is written then.
type action func(w http.ResponseWriter, r *http.Request) error

// answer is an action as a handler. What goes wrong is a problem object.
func (x *API) answer(do action) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if follow, _, _ := follows(r); !follow && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			leave, err := x.places.Take(r.Context(), placeTime)
			if err != nil {
				tell(w, &problem{Kind: control.TooManyRequests, Detail: err.Error()})
				return
			}
			defer leave()
		}
		if err := do(w, r); err != nil {
			tell(w, asProblem(err))
		}
	}
}

// nothing answers at the paths below /v1/ that are none.
func nothing(http.ResponseWriter, *http.Request) error {
	return &problem{Kind: "not-found", Detail: "there is nothing at this path; see /v1/openapi.json"}
}

// write answers with v as JSON.
func write(w http.ResponseWriter, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(text, '\n'))
	return nil
}

func describe(w http.ResponseWriter, r *http.Request) error {
	if err := parameters(r); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(bytes.TrimSpace(document))
	return nil
}

// parameters refuses those that a path does not know.
func parameters(r *http.Request, known ...string) error {
	for name := range r.URL.Query() {
		if !slices.Contains(known, name) {
			return wrong("unknown parameter %.100q", name)
		}
	}
	return nil
}
