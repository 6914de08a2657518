package gateway

import (
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"

	"entrypoint/supervisor/gateway/api"
)

// secured sets what every answer says to browsers. A handler may change it.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "same-origin") // with none at all a form of our own had no Origin
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what changes something and comes from somebody else's page.
func sameOrigin(next http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		api.Refuse(w, r, api.CrossOrigin, "a page of another site has sent this, or a browser that does not say which (Sec-Fetch-Site, Origin)")
	}))
	return p.Handler(next)
}

// knownHost refuses names that anybody can let point here.
func knownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isKnownHost(r.Host) {
			api.Refuse(w, r, api.UnknownHost, "without a password, this server is called by its address or localhost")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isKnownHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	_, err := netip.ParseAddr(host)
	return host == "" || err == nil || strings.EqualFold(host, "localhost")
}

// answer is a ResponseWriter that knows whether it has begun.
type answer struct {
	http.ResponseWriter
	begun bool
}

func (a *answer) WriteHeader(code int) {
	a.begun = a.begun || code >= 200
	a.ResponseWriter.WriteHeader(code)
}

func (a *answer) Write(b []byte) (int, error) {
	a.begun = true
	return a.ResponseWriter.Write(b)
}

// Flush is for those who look for an http.Flusher.
func (a *answer) Flush() {
	a.begun = true
	_ = http.NewResponseController(a.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// recovered makes a bug the end of one request.
func (g *Gateway) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answer{ResponseWriter: w}
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			g.Log.Printf("internal error: %s %q: %v\n%s", r.Method, r.URL.Path, p, debug.Stack())
			if a.begun {
				panic(http.ErrAbortHandler) // so that the answer does not look whole
			}
			api.Refuse(a, r, api.InternalError, "internal error")
		}()
		next.ServeHTTP(a, r)
	})
}
