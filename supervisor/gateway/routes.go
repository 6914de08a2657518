package gateway

import (
	"net/http"
	"slices"
	"strings"

	"entrypoint/supervisor/gateway/api"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/measure"
	"entrypoint/supervisor/gateway/metrics"
	"entrypoint/supervisor/gateway/page"
	"entrypoint/supervisor/gateway/route"
	"entrypoint/supervisor/gateway/rpc"
)

// table is every path of the gateway, and who may use it. No request of a reader that is
// more than reading gets through to a.
func table(a ask.Asker, s *measure.Samples) *route.Table {
	a = route.Guard{Asker: a}
	return &route.Table{
		OtherMethod: otherMethod, Forbidden: forbidden,
		Rows: slices.Concat(healthRoutes(a), rpc.Routes(a), api.New(a, s).Routes(), page.Routes(a, s), metrics.Routes(a)),
	}
}

// routes adds the paths to mux. What is at none of them is 404.
func routes(mux *http.ServeMux, a ask.Asker, s *measure.Samples) { table(a, s).Register(mux) }

func otherMethod(w http.ResponseWriter, r *http.Request, takes string) {
	if !strings.HasPrefix(r.URL.Path, "/v1/") {
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	api.Refuse(w, r, api.OtherMethod, "this path takes "+takes)
}

func forbidden(w http.ResponseWriter, r *http.Request, why string) {
	api.Refuse(w, r, api.Forbidden, route.ErrReader.Error()+": "+why)
}
