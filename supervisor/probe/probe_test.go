package probe

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"entrypoint/config"
)

func httpProbe(address string) *config.Probe {
	return &config.Probe{Kind: config.ProbeHTTP, Address: address, Host: "localhost", Request: "/up?x=1"}
}

// TestGet: what counts as an answer, over TCP and a unix socket.
func TestGet(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.String() != "/up?x=1" || r.Host != "localhost" || r.Method != "GET" {
			http.Error(w, "wrong request", http.StatusBadRequest)
			return
		}
		w.WriteHeader(code)
	})
	unixSocket := filepath.Join(t.TempDir(), "s")
	for _, network := range [][2]string{{"tcp", "127.0.0.1:0"}, {"unix", unixSocket}} {
		l, err := net.Listen(network[0], network[1])
		if err != nil {
			t.Fatal(err)
		}
		s := &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
		s.Start()
		defer s.Close()
		for c, want := range map[int]string{200: "", 204: "", 302: "", 399: "", 400: "it answers 400 Bad Request", 503: "it answers 503 Service Unavailable"} {
			code = c
			err := Get(httpProbe(l.Addr().String()), 5*time.Second)
			if got := fmt.Sprint(err); got != want && (err != nil || want != "") {
				t.Errorf("%s %d: %v, want %q", network[0], c, err, want)
			}
		}
	}
}

var code int // that the server of TestGet answers

// TestGetNoAnswer: what is no answer ends, and says why.
func TestGetNoAnswer(t *testing.T) {
	for said, want := range map[string]string{
		"-":                          "no answer within 50ms",
		"":                           "closed without an answer",
		"SSH-2.0-OpenSSH_9.2\r\n":    "not HTTP",
		"HTTP/1.1 abc\r\n":           "not HTTP",
		"HTTP/1.1 20":                "",
		strings.Repeat("x", 10<<10):  "not HTTP",
		"HTTP/1.1 503 Busy\r\n\r\n":  "it answers 503 Busy",
		"HTTP/1.0 200 OK\nx: y\n\n":  "",
		"HTTP/1.1 200 OK\r\nContent": "",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		gone := make(chan struct{})
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			if said == "-" {
				<-gone
				return
			}
			buf := make([]byte, 1024)
			_, _ = c.Read(buf)
			_, _ = c.Write([]byte(said))
		}()
		timeout := 20 * time.Second
		if said == "-" {
			timeout = 50 * time.Millisecond
		}
		err = Get(httpProbe(l.Addr().String()), timeout)
		close(gone)
		l.Close()
		switch ok := strings.HasPrefix(said, "HTTP/1.") && strings.Contains(said, " 200"); {
		case ok != (err == nil):
			t.Errorf("%.20q: %v", said, err)
		case want != "" && !strings.Contains(err.Error(), want):
			t.Errorf("%.20q: %v, want %q", said, err, want)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := Get(httpProbe(l.Addr().String()), time.Second); err == nil || err.Error() != "connection refused" {
		t.Errorf("nobody there: %v", err)
	}
}

// TestConnect: somebody accepts, or not.
func TestConnect(t *testing.T) {
	for _, network := range []string{"unix", "tcp"} {
		t.Run(network, func(t *testing.T) {
			address := filepath.Join(t.TempDir(), "app.sock")
			if network == "tcp" {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				address = l.Addr().String()
				l.Close()
			}
			probe := &config.Probe{Kind: map[string]config.ProbeKind{"unix": config.ProbeUnix, "tcp": config.ProbeTCP}[network], Address: address}
			if Connect(probe) == nil {
				t.Fatal("accepts before anybody listens")
			}
			l, err := net.Listen(network, address)
			if err != nil {
				t.Fatal(err)
			}
			if Connect(probe) != nil {
				t.Error("does not accept although somebody listens")
			}
			l.Close()
			if Connect(probe) == nil {
				t.Error("accepts after the listener is gone")
			}
		})
	}
}
