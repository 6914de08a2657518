package gateway

import (
	"net/http"
	"testing"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
)

// TestNamed: who asks is known by the password that was asked for, and by the address
// of the connection; what a request says of itself counts for nothing.
func TestNamed(t *testing.T) {
	for _, password := range []string{"", "p"} {
		var by *control.By
		h := open(t, func(h *house) {
			if password != "" {
				h.Sockets[0].Username, h.Sockets[0].Password = "admin", password
			}
			see := func(_ http.ResponseWriter, r *http.Request) { by = ask.By(r.Context()) }
			h.handler = http.HandlerFunc(see)
		})
		for path, way := range map[string]string{"/v1/programs": "API", "/RPC2": "XML-RPC", "/": "page", "/index.html": "page"} {
			h.get(path, func(r *http.Request) {
				r.SetBasicAuth("admin", "p")
				r.Header.Set("X-Forwarded-For", "10.9.9.9")
			})
			want := control.By{Way: way, Address: "127.0.0.1"}
			if password != "" {
				want.User = "admin"
			}
			if by == nil || *by != want {
				t.Errorf("%s, password %q: %+v, want %+v", path, password, by, want)
			}
		}
	}
}
