package gateway

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"entrypoint/supervisor/control"
)

// FuzzRouter: whatever is asked, no handler panics, nothing that changes something is
// carried out for another origin, and without the password nobody learns more than
// the three probes say.
func FuzzRouter(f *testing.F) {
	for _, path := range []string{
		"/", "/livez", "/readyz", "/RPC2", "/v1/programs", "/v1/programs/web:web", "/v1/events", "/metrics", "/logtail/web/stdout", "/mainlogtail",
		"/index.html?action=stop&processname=web", "/tail.html?processname=..%2f..&limit=9", "/../x", "//livez", "/%00", "/v1/programs/%2e%2e/logs?offset=-1", "*",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
			f.Add(method, path, "localhost", "application/json", `{"x":[`, "")
		}
	}
	f.Add("POST", "/RPC2", "", "text/xml", "<methodCall><methodName>supervisor.stopAllProcesses</methodName></methodCall>", "")
	f.Add("POST", "/RPC2", "localhost", "text/plain", "<methodCall><methodName>supervisor.stopAllProcesses</methodName></methodCall>", "http://evil.example")
	f.Fuzz(func(t *testing.T, method, path, host, kind, body, origin string) {
		r := httptest.NewRequest("GET", "/", strings.NewReader(body))
		r.Method, r.Host = method, host
		target, query, _ := strings.Cut(path, "?")
		r.URL.Path, r.URL.RawQuery, r.RequestURI = target, query, path
		r.Header.Set("Content-Type", kind)
		if origin != "" {
			r.Header.Set("Origin", origin)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		r = r.WithContext(ctx)
		acted := false
		asker := asked(func(_ context.Context, q *control.Request, each func(*control.Answer) error) error {
			switch q.Do {
			case control.DoInfo, control.DoStatus, control.DoUsage, control.DoConfig, control.DoLogs, control.DoRead, control.DoEvents, control.DoReread, control.DoHealth:
			default:
				acted = true
			}
			if q.Follow {
				cancel() // a stream ends when its client goes
			}
			return nil
		})
		for _, password := range []string{"", "secret"} {
			said := strings.Builder{}
			g := &Gateway{Asker: asker, Log: log.New(&said, "", 0)}
			b := defaultBounds()
			g.bounds, g.handler = &b, mux(g, func(*http.ServeMux) {})
			g.bodies.left.Store(maxBodies)
			s := &Socket{Network: "tcp", Password: password}
			if password != "" {
				s.Username = "u"
			}
			acted = false
			w := httptest.NewRecorder()
			q := r.Clone(ctx)
			q.Body = io.NopCloser(strings.NewReader(body))
			g.server(s, ctx).Handler.ServeHTTP(w, q)
			switch {
			case strings.Contains(said.String(), "internal error"):
				t.Fatalf("%s", said.String())
			case password != "" && w.Code != http.StatusUnauthorized && !isProbe(target):
				t.Errorf("%d without the password", w.Code)
			case acted && (password != "" || origin != "" || method == "GET" || method == "HEAD" || method == "OPTIONS"):
				t.Errorf("it has acted (origin %q)", origin)
			}
			if left := g.bodies.left.Load(); left != maxBodies {
				t.Errorf("%d of the bodies' budget are left", left)
			}
		}
	})
}
