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

// Bounds; doc.go has what they amount to.
const (
	maxConnections = 1100
	maxHeader      = 16 << 10
	headerTime     = 10 * time.Second
	maxBody        = 1 << 20
	maxBodies      = 16 << 20
	bodyTime       = 30 * time.Second
	writeTime      = 30 * time.Second
	keepTime       = 30 * time.Second // of a connection for the next request
	endTime        = 100 * time.Millisecond
	memoryLimit    = 64 << 20
)

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

	// For tests; 0: the bounds above.
	connections int

	bodies budget
}

// Serve returns when ctx has ended, or when nobody has come for the idle time, and
// leaves no connection and no goroutine.
func (g *Gateway) Serve(ctx context.Context) {
	if g.connections == 0 {
		g.connections = maxConnections
	}
	g.bodies.left.Store(maxBodies)
	requests, end := context.WithCancel(context.Background())
	defer end()
	mux := http.NewServeMux()
	routes(mux, g.Asker)
	l := newLobby(g.connections)
	var servers []*http.Server
	var running sync.WaitGroup
	for i := range g.Sockets {
		s := g.server(&g.Sockets[i], mux, requests)
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
func (g *Gateway) server(s *Socket, rooms http.Handler, requests context.Context) *http.Server {
	h := g.bodies.bounded(rooms)
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
		ReadHeaderTimeout:            headerTime,
		IdleTimeout:                  min(keepTime, g.Idle),
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
