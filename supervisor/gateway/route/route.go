package route

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"entrypoint/supervisor/control"
)

// Route is one row.
type Route struct {
	Method  string // "": each, and the handler looks at it
	Path    string // a pattern of http.ServeMux, without a method
	Do      []control.Operation
	May     Right
	Why     string // where it is not Reader: the reason
	Handler http.HandlerFunc
}

// Table serves rows. The first two answer where no handler does: a path that does not
// take the method of a request, for which Allow is set to those that it takes; and
// somebody who has less than the right of the row. What is at no path is 404.
type Table struct {
	OtherMethod func(w http.ResponseWriter, r *http.Request, takes string)
	Forbidden   func(w http.ResponseWriter, r *http.Request, why string)
	Rows        []Route
}

// Register adds the rows to mux.
func (t *Table) Register(mux *http.ServeMux) {
	paths := map[string]map[string]Route{}
	for _, row := range t.Rows {
		if paths[row.Path] == nil {
			paths[row.Path] = map[string]Route{}
		}
		paths[row.Path][row.Method] = row
	}
	for path, methods := range paths {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { t.serve(w, r, methods) })
	}
}

// serve lets the row answer that takes the method, if who asks has its right.
func (t *Table) serve(w http.ResponseWriter, r *http.Request, methods map[string]Route) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	row, known := methods[method]
	if !known {
		row, known = methods[""]
	}
	switch {
	case !known:
		takes := slices.Collect(maps.Keys(methods))
		if methods[http.MethodGet].Path != "" {
			takes = append(takes, http.MethodHead)
		}
		slices.Sort(takes)
		w.Header().Set("Allow", strings.Join(takes, ", "))
		t.OtherMethod(w, r, strings.Join(takes, ", "))
	case Of(r.Context()) < row.May:
		t.Forbidden(w, r, row.Why)
	default:
		row.Handler(w, r)
	}
}
