package gateway

import (
	"net"
	"net/http"
	"strings"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
)

// named notes who has sent a request, for the log of entry-point: the user whose
// password was asked for, and the address that the kernel says. What a proxy says of
// its own clients can be anything.
func named(s *Socket, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by := &control.By{Way: way(r.URL.Path)}
		if s.Username != "" {
			by.User, _, _ = r.BasicAuth()
		}
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
			by.Address = host
		}
		next.ServeHTTP(w, r.WithContext(ask.As(r.Context(), by)))
	})
}

// way is what a path belongs to.
func way(path string) string {
	switch {
	case strings.HasPrefix(path, "/v1/"):
		return "API"
	case strings.HasPrefix(path, "/RPC2"):
		return "XML-RPC"
	}
	return "page"
}
