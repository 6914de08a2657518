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

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/measure"
)

// Bounds of size; doc.go has what they amount to.
const (
	maxHeader   = 16 << 10
	maxBody     = 1 << 20
	maxBodies   = 16 << 20
	memoryLimit = 64 << 20
)

// endTime is how long requests may go on when the gateway ends. It is an upper bound:
// entry-point has answered all of them before it lets the gateway end, and only a busy
// machine delays us.
const endTime = 300 * time.Millisecond

// cutTime is how long handlers have after that to notice that their context has ended.
const cutTime = 50 * time.Millisecond

// errEnd is the error of the requests that are cut when the gateway ends.
var errEnd = errors.New("the HTTP gateway of entry-point ends; ask again")

// bounds are the limits that tests change.
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

	Reader, ReaderPassword string // a second login, which may only read; "": none
}

// Gateway serves HTTP on its sockets.
type Gateway struct {
	Asker   ask.Asker
	Sockets []Socket
	Idle    time.Duration // without a connection, after which Serve returns
	Log     *log.Logger
	Probes  time.Duration // from the start of Serve, in which only health checks are answered

	bounds  *bounds      // nil: the default
	handler http.Handler // nil: that of routes
	bodies  budget
	begin   time.Time // of Serve
}

// Serve returns when ctx has ended, or when nobody has come for the idle time, and
// leaves no connection. A handler whose request was cut may end a moment later.
func (g *Gateway) Serve(ctx context.Context) {
	if g.bounds == nil {
		b := defaultBounds()
		g.bounds = &b
	}
	streams, endStreams := context.WithCancelCause(context.Background())
	defer endStreams(nil)
	var running sync.WaitGroup
	if g.handler == nil {
		mux := http.NewServeMux()
		samples := &measure.Samples{}
		routes(mux, follower{g.Asker, streams}, samples)
		g.handler = mux
		running.Go(func() { samples.Run(streams, g.Asker) })
	}
	g.begin = time.Now()
	g.bodies.time = g.bounds.body
	g.bodies.left.Store(maxBodies)
	requests, end := context.WithCancelCause(context.Background())
	defer end(nil)
	connections := newTracker(g.bounds)
	var servers []*http.Server
	for i := range g.Sockets {
		s := g.server(&g.Sockets[i], requests)
		listener := connections.listen(g.Sockets[i].Listener)
		servers = append(servers, s)
		running.Go(func() {
			err := s.Serve(listener)
			if !errors.Is(err, net.ErrClosed) && !errors.Is(err, http.ErrServerClosed) {
				g.Log.Print(err)
			}
		})
	}
	connections.waitForEnd(ctx, g.Idle)
	connections.close()
	endStreams(errEnd)
	g.finish(servers, func() { end(errEnd) })
	running.Wait()
	connections.wait()
}

// follower is an Asker whose requests with Follow end with the context streams, because
// they would go on for ever, while other requests are answered soon.
type follower struct {
	ask.Asker
	streams context.Context
}

// Do implements ask.Asker.
func (f follower) Do(ctx context.Context, r *control.Request, each func(*control.Answer) error) error {
	if r.Follow {
		own, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(f.streams, func() { cancel(context.Cause(f.streams)) })()
		ctx = own
	}
	return f.Asker.Do(ctx, r, each)
}

// finish gives requests that are under way endTime, then ends their context, and closes
// the connections of those that do not end even then.
func (g *Gateway) finish(servers []*http.Server, end func()) {
	limit, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	defer context.AfterFunc(limit, end)()
	limit, cancel = context.WithTimeout(context.Background(), endTime+cutTime)
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
	h := g.probesFirst(g.bodies.bounded(g.handler))
	h = named(s, h)
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
