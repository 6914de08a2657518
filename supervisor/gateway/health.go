package gateway

import (
	"context"
	"net/http"
	"strings"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/visible"
)

// probeTime is how long entry-point's loop may take to answer.
const probeTime = time.Second

// isProbe says whether a path is for those who need no password.
func isProbe(path string) bool { return path == "/livez" || path == "/healthz" || path == "/readyz" }

// probesFirst lets every other request wait for its turn. Where a request has crashed
// the gateway before, and comes again, health checks that wait for the next gateway
// together with it are answered before it can do so again.
func (g *Gateway) probesFirst(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if left := time.Until(g.begin.Add(g.Probes)); left > 0 && !isProbe(r.URL.Path) {
			turn := time.NewTimer(left)
			defer turn.Stop()
			select {
			case <-turn.C:
			case <-r.Context().Done():
			}
		}
		next.ServeHTTP(w, r)
	})
}

// strangerKey is in the context of those who have not said the password.
type strangerKey struct{}

func asStranger(ctx context.Context) context.Context {
	return context.WithValue(ctx, strangerKey{}, true)
}

// healthRoutes are /livez, that the gateway runs; /healthz, that entry-point's
// loop turns; /readyz, that the container does what it is for.
func healthRoutes(mux *http.ServeMux, a ask.Asker) {
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, r *http.Request) { probed(w, r, true, "") })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := ask.Within(r.Context(), probeTime)
		defer cancel()
		err := a.Do(ctx, control.Request{Do: control.DoInfo}, nil)
		why := ""
		if err != nil {
			why = err.Error()
		}
		probed(w, r, err == nil, why)
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := ask.Within(r.Context(), probeTime)
		defer cancel()
		ready, why := false, ""
		err := a.Do(ctx, control.Request{Do: control.DoHealth}, func(a control.Answer) error {
			if h := a.Health; h != nil {
				ready, why = h.Ready, unready(h)
			}
			return nil
		})
		if err != nil {
			ready, why = false, err.Error()
		}
		probed(w, r, ready, why)
	})
}

func unready(h *control.Health) string {
	switch {
	case h.Stopping:
		return "the container is stopping"
	case len(h.Waiting) > 0:
		return "waiting for " + strings.Join(h.Waiting, ", ")
	}
	return ""
}

// probed answers a probe: the reason is not for strangers.
func probed(w http.ResponseWriter, r *http.Request, ok bool, why string) {
	text, code := "ok", http.StatusOK
	if !ok {
		text, code = "not ok", http.StatusServiceUnavailable
		if why != "" && r.Context().Value(strangerKey{}) == nil {
			text += ": " + visible.Line(why)
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text + "\n"))
}
