package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"entrypoint/cmd/entry-point/ctl"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/owner"
	"entrypoint/supervisor/prelude/ownership"
	"entrypoint/supervisor/process"
)

// noSocket is what ENTRYPOINT_SOCKET says where there is to be no control socket.
const noSocket = "none"

// serveControl opens the control socket and lets clients send requests to h. A
// container without a place for it goes on without; the HTTP gateway needs none.
// Where the prelude takes long it is open already.
func (a *app) serveControl(h control.Handler) (end func()) {
	if a.control == nil {
		a.openControl(h)
	} else {
		a.lender.handler.Store(&h)
	}
	a.control.Bound(a.buffer)
	return a.control.Close
}

// openControl opens the control socket for requests to h.
func (a *app) openControl(h control.Handler) {
	a.control = a.controlSocket()
	a.control.Idle(giveBack)
	a.control.Mask(a.mask)
	a.lender = &lender{server: a.control}
	a.lender.handler.Store(&h)
	a.control.Serve(a.lender)
}

// giveBack gives the memory back that was needed for a while. The garbage collector
// alone would let the heap grow to 4 MB first, twice of what we have in all: after some
// health checks a container would have to pay for that.
func giveBack() {
	debug.FreeOSMemory()
	process.Trim()
}

// lender carries out ctl for those who have no thread to do it themselves, and leaves
// all other requests to the supervisor, or before there is one to the prelude.
type lender struct {
	handler atomic.Pointer[control.Handler]
	server  *control.Server
}

// Handle is that of control.Handler.
func (l *lender) Handle(r *control.Request, reply func(*control.Answer)) (cancel func()) {
	if r.Do != control.DoCtl {
		return (*l.handler.Load()).Handle(r, reply)
	}
	client, err := l.server.Connect(r.By)
	if err != nil {
		reply(&control.Answer{Error: &control.Error{Code: control.Failed, Message: "entry-point cannot connect to itself: " + err.Error()}})
		return nil
	}
	go func() {
		defer client.Close()
		defer func() {
			if p := recover(); p != nil {
				reply(&control.Answer{Error: &control.Error{Code: control.Failed, Message: "entry-point has a bug: " + fmt.Sprint(p)}})
			}
		}()
		code := ctl.RunFor(completed, r.Names, func() (*control.Client, error) { return client, nil }, printer{1, reply}, printer{2, reply})
		reply(&control.Answer{Exit: &control.Exit{Code: code}})
		reply(&control.Answer{Done: true})
	}()
	return func() { _ = client.Close() }
}

// printer passes on what ctl prints to a standard descriptor.
type printer struct {
	to    int
	reply func(*control.Answer)
}

// Write is that of io.Writer.
func (p printer) Write(b []byte) (int, error) {
	for part := range slices.Chunk(b, control.MaxOutput) {
		p.reply(&control.Answer{Output: &control.Output{To: p.to, Data: part}})
	}
	return len(b), nil
}

func (a *app) controlSocket() *control.Server {
	path := os.Getenv("ENTRYPOINT_SOCKET")
	if path == noSocket {
		return control.New()
	}
	server, where, err := control.Listen(path)
	switch {
	case server == nil:
		a.err.Print("no control socket, so there is no entry-point ctl: " + err.Error())
		return control.New()
	case err != nil:
		a.err.Print("no control socket where it should be: " + err.Error() + "; entry-point ctl finds it at " + where)
	case a.options.Verbose:
		a.err.Print("control socket " + where)
	}
	return server
}

// isClient says whether a command line is a call of the control client.
func isClient(argv []string) bool {
	return len(argv) > 0 && filepath.Base(argv[0]) == "supervisorctl" ||
		len(argv) > 1 && argv[1] == "ctl" && !calledSupervisord(argv[0])
}

// client carries out a call of the control client, or is a helper process of ours, if this is
// one.
func client(argv []string) (code int, is bool) {
	if len(argv) == 1 && argv[0] == ownership.Name {
		process.NoInit()
		return ownership.Serve(), true
	}
	if !isClient(argv) {
		return 0, false
	}
	process.NoInit()
	if filepath.Base(argv[0]) == "supervisorctl" {
		return ctl.RunSupervisorctl(argv[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr), true
	}
	if len(argv) > 2 && argv[2] == "holds" { // a helper process of ours, see supervisor/owner
		_, _ = os.Stdout.WriteString(owner.Look(argv[3:]) + "\n")
		return 0, true
	}
	if text, is := healthOfLaunch(argv[2:]); is {
		_, _ = os.Stdout.WriteString(text)
		return 0, true
	}
	return ctl.Run(completed, argv[2:], os.Environ(), os.Stdin, os.Stdout, os.Stderr), true
}
