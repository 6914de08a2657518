package gateway

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestRefusals: what no handler gets to see is a problem object below /v1/, as the
// API's document says, and a line of text elsewhere.
func TestRefusals(t *testing.T) {
	bug := func(m *http.ServeMux) {
		m.HandleFunc("POST /bug", func(http.ResponseWriter, *http.Request) { panic("bug") })
		m.HandleFunc("POST /v1/bug", func(http.ResponseWriter, *http.Request) { panic("bug") })
	}
	locked := func(h *house) { h.Sockets[0].Username, h.Sockets[0].Password = "u", "p" }
	for _, tt := range []struct {
		kind    string
		headers string
		code    int
		house   func(*house)
	}{
		{"unauthorized", "Host: localhost", 401, locked},
		{"cross-origin", "Host: localhost\r\nSec-Fetch-Site: cross-site", 403, nil},
		{"body-too-large", "Host: localhost\r\nContent-Length: 100000000", 413, nil},
		{"unknown-host", "Host: evil.example", 421, nil},
		{"busy", "Host: localhost\r\nContent-Length: 10", 503, nil},
		{"internal-error", "Host: localhost", 500, nil},
	} {
		h := open(t, func(h *house) {
			h.handler = mux(h.Gateway, bug)
			if tt.house != nil {
				tt.house(h)
			}
		})
		if tt.kind == "busy" {
			h.want("/livez", 200, "ok\n") // it serves
			h.bodies.left.Store(0)
		}
		for path, api := range map[string]bool{"/bug": false, "/v1/bug": true} {
			res, err := http.ReadResponse(h.dial("POST "+path+" HTTP/1.1\r\nConnection: close\r\n"+tt.headers+"\r\n\r\n").Reader, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != tt.code {
				t.Errorf("%s %s: %d %q %v", tt.kind, path, res.StatusCode, body, err)
			}
			if tt.code == 401 && res.Header.Get("WWW-Authenticate") == "" || tt.code == 503 && res.Header.Get("Retry-After") == "" {
				t.Errorf("%s %s: %v", tt.kind, path, res.Header)
			}
			kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
			if !api {
				if kind != "text/plain" || strings.Count(string(body), "\n") != 1 {
					t.Errorf("%s %s: %s %q", tt.kind, path, kind, body)
				}
				continue
			}
			var said struct {
				Type, Title, Detail string
				Status              int
			}
			if err := json.Unmarshal(body, &said); err != nil || kind != "application/problem+json" || said.Status != tt.code ||
				said.Type != "/v1/problems/"+tt.kind || said.Title == "" || said.Detail == "" {
				t.Errorf("%s %s: %s %q: %v", tt.kind, path, kind, body, err)
			}
		}
	}
}
