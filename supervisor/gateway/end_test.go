package gateway

import (
	"bufio"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entrypoint/supervisor/control"
)

// TestIdleEnd: gateways that end all the time, as soon as nobody is there, lose
// none of the connections that many clients make at just that moment. The test
// holds the sockets, as PID 1 does.
func TestIdleEnd(t *testing.T) {
	var files []*os.File
	var dials []func() (net.Conn, error)
	for _, network := range []string{"tcp", "unix"} {
		address := "127.0.0.1:0"
		if network == "unix" {
			address = filepath.Join(t.TempDir(), "s")
		}
		l, err := net.Listen(network, address)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		f, err := l.(interface{ File() (*os.File, error) }).File()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files = append(files, f)
		dials = append(dials, func() (net.Conn, error) { return net.Dial(network, l.Addr().String()) })
	}
	stop := make(chan struct{})
	var lives atomic.Int64
	var gateways, clients sync.WaitGroup
	gateways.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			g := Gateway{Asker: healthy(), Idle: 200 * time.Microsecond, Log: log.New(io.Discard, "", 0)}
			for _, f := range files {
				l, err := net.FileListener(f)
				if err != nil {
					t.Error(err)
					return
				}
				g.Sockets = append(g.Sockets, Socket{Listener: l})
			}
			g.Serve(context.Background())
			lives.Add(1)
		}
	})
	const each = 300
	var answers atomic.Int64
	for i := range 8 {
		clients.Go(func() {
			for j := range each {
				client := http.Client{Timeout: patience, Transport: &http.Transport{
					DisableKeepAlives: true,
					DialContext:       func(context.Context, string, string) (net.Conn, error) { return dials[i%2]() },
				}}
				res, err := client.Get("http://localhost/livez")
				if err != nil {
					t.Errorf("client %d, request %d: %v", i, j, err)
					return
				}
				res.Body.Close()
				answers.Add(1)
				time.Sleep(time.Duration(i*j%7) * 100 * time.Microsecond) // so that there are moments without anybody
			}
		})
	}
	clients.Wait()
	close(stop)
	gateways.Wait()
	t.Logf("%d answers by %d gateways", answers.Load(), lives.Load())
	if lives.Load() < 10 {
		t.Errorf("only %d gateways have ended", lives.Load())
	}
	if left := goroutines(); left != "" {
		t.Errorf("goroutines are left:\n%s", left)
	}
}

// TestTerminated: the end of the context is that of all streams, and of those who
// do not listen to it.
func TestTerminated(t *testing.T) {
	begun, release := make(chan struct{}, 3), make(chan struct{})
	h := open(t, func(h *house) {
		h.handler = mux(h.Gateway, func(m *http.ServeMux) {
			m.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
				w.(http.Flusher).Flush()
				begun <- struct{}{}
				<-r.Context().Done()
				_, _ = io.WriteString(w, "bye")
			})
			m.HandleFunc("/stubborn", func(w http.ResponseWriter, _ *http.Request) {
				begun <- struct{}{}
				<-release
			})
		})
	})
	stream := h.dial(request("GET", "/stream"))
	h.dial(request("GET", "/stubborn"))
	h.dial("GET /half")
	wait(t, begun, "a request")
	wait(t, begun, "a request")
	h.end()
	wait(t, h.ended, "the end")
	if code, text := h.answered(stream); code != 200 || text != "bye" {
		t.Errorf("the stream: %d %q", code, text)
	}
	if _, err := net.Dial("tcp", h.address); err == nil {
		t.Error("somebody still listens")
	}
	close(release)
}

// TestAnsweredAtTheEnd: who has asked before the end is answered, within a moment; who
// follows is not waited for; who would wait for longer is told why he is cut.
func TestAnsweredAtTheEnd(t *testing.T) {
	begun, cut, answer := make(chan string, 3), make(chan error, 3), make(chan struct{}, 1)
	h := open(t, func(h *house) {
		h.Asker = asked(func(ctx context.Context, r *control.Request, each func(*control.Answer) error) error {
			if r.Do == control.DoInfo || r.Do == control.DoUsage { // samples ask for that
				return nil
			}
			begun <- r.Do.String()
			if r.Follow {
				<-ctx.Done()
				cut <- context.Cause(ctx)
				return context.Cause(ctx)
			}
			select {
			case <-answer:
				return each(&control.Answer{Health: &control.Health{Ready: true}})
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	})
	begin := func(path, do string) *bufio.ReadWriter {
		c := h.dial(request("GET", path))
		if what := wait(t, begun, path); what != do {
			t.Fatalf("%s asks for %s", path, what)
		}
		return c
	}
	c, follower, late := begin("/readyz", "health"), begin("/v1/events?follow=true", "events"), begin("/readyz", "health")
	h.end()
	if err := wait(t, cut, "the end of the stream"); err != errEnd {
		t.Errorf("the stream ends by %v", err)
	}
	_, _ = h.answered(follower)
	answer <- struct{}{} // of the two, one
	codes := map[int]int{}
	for _, c := range []*bufio.ReadWriter{c, late} {
		code, text := h.answered(c)
		codes[code]++
		if text != "ok\n" && text != "not ok: "+errEnd.Error()+"\n" {
			t.Errorf("%d %q", code, text)
		}
	}
	if codes[200] != 1 || codes[503] != 1 {
		t.Errorf("answered with %v", codes)
	}
	wait(t, h.ended, "the end")
}

// TestStays: as long as there is a request the gateway does not end.
func TestStays(t *testing.T) {
	begun, stop := make(chan struct{}), make(chan struct{})
	h := open(t, func(h *house) {
		h.Idle = 20 * time.Millisecond
		h.handler = mux(h.Gateway, func(m *http.ServeMux) {
			m.HandleFunc("/hold", func(http.ResponseWriter, *http.Request) { close(begun); <-stop })
		})
	})
	c := h.dial(request("GET", "/hold"))
	wait(t, begun, "the request")
	select {
	case <-h.ended:
		t.Fatal("ended with a request under way")
	case <-time.After(10 * h.Idle):
	}
	close(stop)
	if code, _ := h.answered(c); code != 200 {
		t.Errorf("%d", code)
	}
	wait(t, h.ended, "the end")
}
