// Entry-point-gateway is the HTTP side of entry-point: supervisor/gateway on the
// sockets that it inherits. It is not for calling by hand.
//
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/gateway"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/visible"
)

// Stamped by the linker (see the Makefile).
var (
	version = "dev"
	commit  = "unknown"
)

const codeUsage = 64 // EX_USAGE

const help = `Usage: entry-point-gateway [-h | --version]
       entry-point-gateway match REGEX
       entry-point-gateway wait-for [URL...]

The HTTP side of entry-point: a web page, supervisord's XML-RPC, a JSON API at /v1, /metrics,
/healthz, /readyz and /livez.
entry-point starts it at the first connection to a socket that [unix_http_server],
[inet_http_server] or ENTRYPOINT_HTTP asks for, and it ends when nobody uses it. It has to lie
beside entry-point, or in PATH.

match reads lines until one matches; entry-point runs it for ready = log:REGEX.

wait-for waits until servers answer, those of its arguments or of ENTRYPOINT_WAIT_FOR, for at
most ENTRYPOINT_WAIT_TIMEOUT (1m); else it exits 75. They are postgres://, mysql://, redis://,
amqp://, http://, https://, tcp://HOST:PORT, unix:///PATH, dns:NAME and file:PATH.
`

func main() {
	closed()
	os.Exit(run(os.Args[1:]))
}

// closed keeps the processes of our user from looking into this one: its memory has
// passwords in it, and its descriptors are a way into PID 1 (ptrace(2), "Ptrace access
// mode checking"). It comes before everything, and secrets come after it: the gateway
// asks for them (control.OpenInherited). It fails for a wrong argument only.
func closed() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }

func run(args []string) int {
	errs := log.New(visible.Writer{W: os.Stderr}, "entry-point-gateway: ", 0)
	if len(args) > 0 {
		switch args[0] {
		case "-h", "--help":
			fmt.Print(help)
			return 0
		case "-V", "--version":
			fmt.Printf("entry-point-gateway %s (commit %s, %s %s/%s)\n", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return 0
		case "match":
			return match(args[1:], os.Stdin)
		case "wait-for":
			return waitFor(args[1:])
		case "wait-for-local":
			return waitForLocal()
		}
		errs.Printf("unknown argument %q", args[0])
		return codeUsage
	}
	gateway.Frugal()
	signal.Ignore(syscall.SIGPIPE) // a container whose log nobody reads
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	channel, told, sockets, err := gateway.Inherit()
	if err != nil {
		errs.Print(err)
		if errors.Is(err, gateway.ErrByHand) {
			return codeUsage
		}
		return 1
	}
	go func() { // nobody is left to ask, and the sockets are for the next entry-point
		<-channel.Gone()
		stop()
	}()
	pool := &ask.Pool{Dial: channel.Dial}
	g := gateway.Gateway{
		Asker: pool, Sockets: sockets, Log: errs,
		Idle:   time.Duration(told.Idle * float64(time.Second)),
		Probes: time.Duration(told.Probes * float64(time.Second)),
	}
	g.Serve(ctx)
	pool.Close()
	_ = channel.Close()
	return 0
}
