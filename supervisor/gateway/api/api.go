package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
)

//go:embed openapi.json
var document []byte

// API answers what is below /v1/.
type API struct {
	asker ask.Asker
	hub   hub
	paths *http.ServeMux

	// places are for answers that are being made and written, which hold all of
	// their text. Streams have none.
	places ask.Places
}

// maxAnswers is how many answers there are at a time; of 1,000 programs each is
// about 0.6 MB.
const maxAnswers = 16

// placeTime is how long a request waits for its place.
const placeTime = 5 * time.Second

// New returns the API over a.
func New(a ask.Asker) *API {
	x := &API{asker: a, hub: hub{asker: a}, paths: http.NewServeMux(), places: make(ask.Places, maxAnswers)}
	methods := map[string]map[string]action{}
	for _, r := range x.routes() {
		if methods[r.path] == nil {
			methods[r.path] = map[string]action{}
		}
		methods[r.path][r.method] = r.do
	}
	for path, allowed := range methods {
		x.paths.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { x.serve(w, r, allowed) })
	}
	x.paths.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		tell(w, &problem{Kind: "not-found", Detail: "there is nothing at this path; see /v1/openapi.json"})
	})
	return x
}

// action answers a request, or says why not; nothing is written then.
type action func(w http.ResponseWriter, r *http.Request) error

type route struct {
	method, path string
	do           action
}

func (x *API) routes() []route {
	return []route{
		{"GET", "/v1/openapi.json", describe},
		{"GET", "/v1/problems/{kind}", explain},
		{"GET", "/v1/info", x.info},
		{"GET", "/v1/health", x.health},
		{"GET", "/v1/usage", x.usage},
		{"GET", "/v1/events", x.events},
		{"GET", "/v1/programs", x.programs},
		{"GET", "/v1/programs/{name}", x.program},
		{"GET", "/v1/programs/{name}/logs", x.logs},
		{"POST", "/v1/programs/{name}/start", x.act(control.DoStart)},
		{"POST", "/v1/programs/{name}/stop", x.act(control.DoStop)},
		{"POST", "/v1/programs/{name}/restart", x.act(control.DoRestart)},
		{"POST", "/v1/programs/{name}/reload", x.act(control.DoReload)},
		{"POST", "/v1/programs/{name}/signal", x.act(control.DoSignal)},
		{"POST", "/v1/actions", x.actions},
	}
}

// ServeHTTP implements http.Handler.
func (x *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { x.paths.ServeHTTP(w, r) }

func (x *API) serve(w http.ResponseWriter, r *http.Request, allowed map[string]action) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	do := allowed[method]
	if do == nil {
		var names []string
		for name := range allowed {
			if names = append(names, name); name == http.MethodGet {
				names = append(names, http.MethodHead)
			}
		}
		slices.Sort(names)
		w.Header().Set("Allow", strings.Join(names, ", "))
		tell(w, &problem{Kind: "method-not-allowed", Detail: "this path takes " + strings.Join(names, ", ")})
		return
	}
	if follow, _, _ := follows(r); !follow && method == http.MethodGet {
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
