package gateway

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/route"
	"entrypoint/supervisor/visible"
)

// probeTime is how long entry-point's loop may take to answer.
const probeTime = time.Second

// isProbe says whether a path is for those who need no password.
func isProbe(path string) bool {
	return slices.ContainsFunc(healthRoutes(nil), func(row route.Route) bool { return row.Path == path })
}

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

// probeWhy is why who probes needs no password.
const probeWhy = "who probes can hardly keep a secret, and learns ok or not ok"

// healthRoutes are /livez, that the gateway runs; /healthz, that entry-point's
// loop turns; /readyz, that the container does what it is for.
func healthRoutes(a ask.Asker) []route.Route {
	livez := func(w http.ResponseWriter, r *http.Request) { probed(w, r, true, "") }
	healthz := func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := ask.Within(r.Context(), probeTime)
		defer cancel()
		err := a.Do(ctx, &control.Request{Do: control.DoInfo}, nil)
		why := ""
		if err != nil {
			why = err.Error()
		}
		probed(w, r, err == nil, why)
	}
	readyz := func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := ask.Within(r.Context(), probeTime)
		defer cancel()
		ready, why := false, ""
		err := a.Do(ctx, &control.Request{Do: control.DoHealth}, func(a *control.Answer) error {
			if h := a.Health; h != nil {
				ready, why = h.Ready, unready(h)
			}
			return nil
		})
		if err != nil {
			ready, why = false, err.Error()
		}
		probed(w, r, ready, why)
	}
	return []route.Route{
		{Method: "GET", Path: "/livez", May: route.Anyone, Why: probeWhy, Handler: livez},
		{Method: "GET", Path: "/healthz", Do: []control.Operation{control.DoInfo}, May: route.Anyone, Why: probeWhy, Handler: healthz},
		{Method: "GET", Path: "/readyz", Do: []control.Operation{control.DoHealth}, May: route.Anyone, Why: probeWhy, Handler: readyz},
	}
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
		if why != "" && route.Of(r.Context()) > route.Anyone {
			text += ": " + visible.Line(why)
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text + "\n"))
}
