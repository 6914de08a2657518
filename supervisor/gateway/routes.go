package gateway

import (
	"net/http"

	"entrypoint/supervisor/gateway/api"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/metrics"
	"entrypoint/supervisor/gateway/page"
	"entrypoint/supervisor/gateway/rpc"
)

// routes adds the handlers of all packages to mux. A path that none of them knows is 404.
func routes(mux *http.ServeMux, a ask.Asker) {
	healthRoutes(mux, a)
	rpc.Routes(mux, a)
	api.Routes(mux, a)
	page.Routes(mux, a)
	metrics.Routes(mux, a)
}
