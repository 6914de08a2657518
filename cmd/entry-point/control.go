package main

import (
	"os"
	"path/filepath"

	"entrypoint/cmd/entry-point/ctl"
	"entrypoint/supervisor/control"
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
	places := control.Places()
	if path := os.Getenv("ENTRYPOINT_SOCKET"); path == noSocket {
		return control.New()
	} else if path != "" {
		places = []string{path}
	}
	server, path, err := control.Listen(places)
	if err != nil {
		a.err.Print("no control socket, so there is no entry-point ctl: " + err.Error())
		return control.New()
	}
	if a.options.Verbose {
		a.err.Print("control socket " + path)
	}
	return server
}

// client carries out a call of the control client, if this is one.
func client(argv []string) (code int, is bool) {
	switch {
	case len(argv) > 1 && argv[1] == "ctl" && !calledSupervisord(argv[0]):
		if text, is := healthOfLaunch(argv[2:]); is {
			_, _ = os.Stdout.WriteString(text)
			return 0, true
		}
		return ctl.Run(argv[2:], os.Environ(), os.Stdin, os.Stdout, os.Stderr), true
	case len(argv) > 0 && filepath.Base(argv[0]) == "supervisorctl":
		return ctl.RunSupervisorctl(argv[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr), true
	}
	return 0, false
}
