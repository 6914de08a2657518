package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/measure"
	"entrypoint/supervisor/gateway/route"
)

// TestPassword: of every kind, right and wrong; probes learn little without it.
func TestPassword(t *testing.T) {
	const sha = "{SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d" // thepassword, of supervisord's manual
	for _, tt := range []struct {
		known, name, password string
		code                  int
	}{
		{"p", "u", "p", 200},
		{"p", "u", "", 401},
		{"p", "u", "P", 401},
		{"p", "", "p", 401},
		{"p", "U", "p", 401},
		{"p:q", "u", "p:q", 200},
		{sha, "u", "thepassword", 200},
		{strings.ToUpper(sha), "u", "thepassword", 200},
		{"{sha}" + strings.ToUpper(sha[5:]), "u", "thepassword", 200},
		{sha, "u", sha, 401},
		{sha, "u", sha[5:], 401},
		{"{SHA}", "u", "", 401},
		{"{SHA}0", "u", "{SHA}0", 401},
	} {
		h := open(t, func(h *house) {
			h.Sockets[0].Username, h.Sockets[0].Password = "u", tt.known
			h.Asker = healthy("web")
			h.handler = mux(h.Gateway, func(m *http.ServeMux) { m.HandleFunc("/x", func(http.ResponseWriter, *http.Request) {}) })
		})
		res, _ := h.get("/x", func(r *http.Request) { r.SetBasicAuth(tt.name, tt.password) })
		if res.StatusCode != tt.code {
			t.Errorf("%+v: %d", tt, res.StatusCode)
		}
		if tt.code == 401 && (res.Header.Get("WWW-Authenticate") != `Basic realm="default"` || !res.Close) {
			t.Errorf("%+v: %v", tt, res.Header)
		}
		if res, _ := h.get("/x", nil); res.StatusCode != 401 {
			t.Errorf("without: %d", res.StatusCode)
		}
		h.want("/readyz", 503, "not ok\n")
		h.want("/livez", 200, "ok\n")
		if _, text := h.get("/readyz", func(r *http.Request) { r.SetBasicAuth(tt.name, tt.password) }); (text == "not ok: waiting for web\n") != (tt.code == 200) {
			t.Errorf("%+v: %q", tt, text)
		}
		for _, path := range []string{"//readyz", "/x/../readyz", "/readyz/", "/readyz/x"} {
			if code, _ := h.answered(h.dial(request("GET", path, "Connection: close\r\n"))); code != 401 {
				t.Errorf("%s: %d", path, code)
			}
		}
	}
}

// mux is the gateway's routes and those that more adds.
func mux(g *Gateway, more func(*http.ServeMux)) http.Handler {
	m := http.NewServeMux()
	routes(m, g.Asker, &measure.Samples{})
	more(m)
	return m
}

// TestProbes: what is healthy, and in which words it is not.
func TestProbes(t *testing.T) {
	h := open(t, nil)
	h.want("/livez", 200, "ok\n")
	h.want("/healthz", 200, "ok\n")
	h.want("/readyz", 200, "ok\n")
	if code, _ := h.answered(h.dial(request("POST", "/livez", "Connection: close\r\n"))); code != 405 {
		t.Errorf("POST: %d", code)
	}
	h.want("/nothing", 404, "404 page not found\n")

	h = open(t, func(h *house) { h.Asker = healthy("web", "work:w0") })
	h.want("/healthz", 200, "ok\n")
	h.want("/readyz", 503, "not ok: waiting for web, work:w0\n")

	h = open(t, func(h *house) {
		h.Asker = asked(func(_ context.Context, r *control.Request, each func(*control.Answer) error) error {
			return each(&control.Answer{Health: &control.Health{Stopping: true}})
		})
	})
	h.want("/readyz", 503, "not ok: the container is stopping\n")

	h = open(t, func(h *house) {
		h.Asker = asked(func(ctx context.Context, _ *control.Request, _ func(*control.Answer) error) error {
			<-ctx.Done() // a loop that hangs
			return errors.New("no answer")
		})
	})
	h.want("/livez", 200, "ok\n")
	h.want("/healthz", 503, "not ok: no answer\n")
	h.want("/readyz", 503, "not ok: no answer\n")
}

// TestOrigin: who may change something, and by which name.
func TestOrigin(t *testing.T) {
	done := func(m *http.ServeMux) { m.HandleFunc("POST /do", func(http.ResponseWriter, *http.Request) {}) }
	h := open(t, func(h *house) { h.handler = mux(h.Gateway, done) })
	post := func(headers ...string) int {
		code, _ := h.answered(h.dial("POST /do HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n"))
		return code
	}
	for _, tt := range []struct {
		headers string
		code    int
	}{
		{"Host: localhost:9001", 200},
		{"Host:", 200}, // supervisorctl on a unix socket
		{"Host: 127.0.0.1:9001", 200},
		{"Host: [::1]:9001", 200},
		{"Host: [::1]", 200},
		{"Host: evil.example", 421},
		{"Host: localhost.evil.example:9001", 421},
		{"Host: localhost\r\nSec-Fetch-Site: same-origin", 200},
		{"Host: localhost\r\nSec-Fetch-Site: none", 200},
		{"Host: localhost\r\nSec-Fetch-Site: cross-site", 403},
		{"Host: localhost\r\nSec-Fetch-Site: same-site", 403},
		{"Host: localhost:1\r\nOrigin: http://localhost:1", 200},
		{"Host: localhost:1\r\nOrigin: http://localhost:2", 403},
		{"Host: localhost:1\r\nOrigin: http://evil.example", 403},
		{"Host: localhost:1\r\nOrigin: null", 403},
	} {
		if code := post(tt.headers); code != tt.code {
			t.Errorf("%q: %d, want %d", tt.headers, code, tt.code)
		}
	}
	h = open(t, func(h *house) {
		h.Sockets[0].Username, h.Sockets[0].Password = "u", "p"
		h.handler = mux(h.Gateway, done)
	})
	if code := post("Host: web.example", "Authorization: Basic dTpw"); code != 200 {
		t.Errorf("with a password: %d", code)
	}
	if code := post("Host: web.example", "Authorization: Basic dTpw", "Sec-Fetch-Site: cross-site"); code != 403 {
		t.Errorf("with a password, from elsewhere: %d", code)
	}
}

// TestHeaders: what every answer says, unless a handler says otherwise.
func TestHeaders(t *testing.T) {
	h := open(t, func(h *house) {
		h.handler = mux(h.Gateway, func(m *http.ServeMux) {
			m.HandleFunc("/other", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Security-Policy", "mine") })
		})
	})
	for path, policy := range map[string]string{"/livez": "default-src 'self'; frame-ancestors 'none'", "/nothing": "default-src 'self'; frame-ancestors 'none'", "/other": "mine"} {
		res, _ := h.get(path, nil)
		for key, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": policy, "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			if got := res.Header.Get(key); got != want && !(path == "/nothing" && key == "Cache-Control") {
				t.Errorf("%s: %s: %q", path, key, got)
			}
		}
	}
}

// TestPanic: a bug is the end of one answer, which does not look whole.
func TestPanic(t *testing.T) {
	h := open(t, func(h *house) {
		h.handler = mux(h.Gateway, func(m *http.ServeMux) {
			m.HandleFunc("/early", func(http.ResponseWriter, *http.Request) { panic("early bug") })
			m.HandleFunc("/late", func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				w.(http.Flusher).Flush()
				panic("late bug")
			})
		})
	})
	h.want("/early", 500, "internal error\n")
	res, err := http.ReadResponse(h.dial(request("GET", "/late")).Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(res.Body); err == nil || string(text) != "half" {
		t.Errorf("%q, %v", text, err)
	}
	h.want("/livez", 200, "ok\n")
	if said := h.log.String(); !strings.Contains(said, `GET "/early": early bug`) || !strings.Contains(said, "late bug") {
		t.Errorf("log: %s", said)
	}
}

// TestProbesFirst: after a crash, health checks are answered before any other request.
func TestProbesFirst(t *testing.T) {
	const first = 2 * time.Second
	handled := make(chan time.Time, 1)
	h := open(t, func(h *house) {
		h.Probes = first
		mux := http.NewServeMux()
		(&route.Table{Rows: healthRoutes(h.Asker)}).Register(mux)
		mux.HandleFunc("/poison", func(http.ResponseWriter, *http.Request) { handled <- time.Now() })
		h.handler = mux
	})
	poison := make(chan error, 1)
	go func() {
		res, err := http.Get("http://" + h.address + "/poison")
		if err == nil {
			res.Body.Close()
		}
		poison <- err
	}()
	for _, path := range []string{"/livez", "/healthz", "/readyz"} {
		res, err := http.Get("http://" + h.address + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	answered := time.Now()
	at := <-handled
	if at.Before(answered) {
		t.Errorf("the other request was handled %v before health checks were answered", answered.Sub(at))
	}
	if err := <-poison; err != nil {
		t.Error(err)
	}
}
