package api

import (
	"net/http"

	"entrypoint/supervisor/gateway/ask"
)

// Routes puts /v1/ on mux.
func Routes(mux *http.ServeMux, a ask.Asker) { mux.Handle("/v1/", New(a)) }
