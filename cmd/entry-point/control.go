package main

import (
	"os"
	"path/filepath"

	"entrypoint/cmd/entry-point/ctl"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/process"
)

// noSocket is what ENTRYPOINT_SOCKET says where there is to be no control socket.
const noSocket = "none"

// serveControl opens the control socket and lets clients send requests to h. A
// container without a place for it goes on without; the HTTP gateway needs none.
func (a *app) serveControl(h control.Handler) (end func()) {
	a.control = a.controlSocket()
	a.control.Bound(a.buffer)
	a.control.Serve(h)
	return a.control.Close
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

// client carries out a call of the control client, if this is one.
func client(argv []string) (code int, is bool) {
	if !isClient(argv) {
		return 0, false
	}
	process.NoInit()
	if filepath.Base(argv[0]) == "supervisorctl" {
		return ctl.RunSupervisorctl(argv[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr), true
	}
	if text, is := healthOfLaunch(argv[2:]); is {
		_, _ = os.Stdout.WriteString(text)
		return 0, true
	}
	return ctl.Run(argv[2:], os.Environ(), os.Stdin, os.Stdout, os.Stderr), true
}
