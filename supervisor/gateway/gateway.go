package gateway

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"entrypoint/supervisor/gateway/ask"
)

// Bounds of size; doc.go has what they amount to.
const (
	maxHeader   = 16 << 10
	maxBody     = 1 << 20
	maxBodies   = 16 << 20
	memoryLimit = 64 << 20
)

// endTime is what requests get when the gateway ends.
const endTime = 100 * time.Millisecond

// bounds are those that tests change.
type bounds struct {
	connections               int
	header, body, write, keep time.Duration // keep: of a connection for the next request
}

func defaultBounds() bounds {
	return bounds{connections: 1100, header: 10 * time.Second, body: 30 * time.Second, write: 30 * time.Second, keep: 30 * time.Second}
}

// Socket is one listening socket and who may use it.
type Socket struct {
	net.Listener
	Network            string
	Username, Password string // "": whoever can connect
}

// Gateway serves HTTP on its sockets.
type Gateway struct {
	Asker   ask.Asker
	Sockets []Socket
	Idle    time.Duration // without a connection, after which Serve returns
	Log     *log.Logger
	Probes  time.Duration // from the start of Serve, in which only health checks are answered

	bounds *bounds      // nil: the default
	rooms  http.Handler // nil: those of routes
	bodies budget
	begin  time.Time // of Serve
}

// Serve returns when ctx has ended, or when nobody has come for the idle time, and
// leaves no connection. A room whose request was cut may end a moment later.
func (g *Gateway) Serve(ctx context.Context) {
	if g.bounds == nil {
		b := defaultBounds()
		g.bounds = &b
	}
	if g.rooms == nil {
		mux := http.NewServeMux()
		routes(mux, g.Asker)
		g.rooms = mux
	}
	g.begin = time.Now()
	g.bodies.time = g.bounds.body
	g.bodies.left.Store(maxBodies)
	requests, end := context.WithCancel(context.Background())
	defer end()
	l := newLobby(g.bounds)
	var servers []*http.Server
	var running sync.WaitGroup
	for i := range g.Sockets {
		s := g.server(&g.Sockets[i], requests)
		listener := l.listen(g.Sockets[i].Listener)
		servers = append(servers, s)
		running.Go(func() {
			err := s.Serve(listener)
			if !errors.Is(err, net.ErrClosed) && !errors.Is(err, http.ErrServerClosed) {
				g.Log.Print(err)
			}
		})
	}
	l.waitForEnd(ctx, g.Idle)
	l.close()
	end()
	g.finish(servers)
	running.Wait()
	l.wait()
}

// finish gives requests that are under way a moment.
func (g *Gateway) finish(servers []*http.Server) {
	limit, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	var all sync.WaitGroup
	for _, s := range servers {
		all.Go(func() {
			if s.Shutdown(limit) != nil {
				_ = s.Close()
			}
		})
	}
	all.Wait()
}

// server serves one socket.
func (g *Gateway) server(s *Socket, requests context.Context) *http.Server {
	h := g.probesFirst(g.bodies.bounded(g.rooms))
	h = sameOrigin(h)
	h = authenticated(s, h)
	if s.Password == "" && s.Network == "tcp" {
		h = knownHost(h)
	}
	h = secured(h)
	h = g.recovered(h)
	return &http.Server{
		Handler:                      busy(h),
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            g.bounds.header,
		IdleTimeout:                  min(g.bounds.keep, g.Idle),
		MaxHeaderBytes:               maxHeader - 4096, // net/http adds that
		ErrorLog:                     g.Log,
		BaseContext:                  func(net.Listener) context.Context { return requests },
		ConnContext:                  withConn,
		ConnState:                    connState,
	}
}

// Frugal sets the collector so that the process stays small.
func Frugal() {
	debug.SetGCPercent(50)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
