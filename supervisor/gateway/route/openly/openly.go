// Package openly serves routes to whoever asks, as to an operator, for the tests of the
// packages that have them. For tests only.
package openly

import (
	"net/http"

	"entrypoint/supervisor/gateway/route"
)

// Serve is a handler of the rows. A method that a path does not take is 405.
func Serve(rows []route.Route) http.Handler {
	mux := http.NewServeMux()
	t := route.Table{Rows: rows, OtherMethod: func(w http.ResponseWriter, _ *http.Request, takes string) {
		http.Error(w, takes, http.StatusMethodNotAllowed)
	}}
	t.Register(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(route.As(r.Context(), route.Operator)))
	})
}
