package main_test

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestGatewayWithoutProc: without /proc the gateway's binary is found beside our own, which
// was started by a relative path and has left that directory: for the wait for other
// servers, for what a program has printed, and for HTTP.
func TestGatewayWithoutProc(t *testing.T) {
	t.Parallel()
	c := newContainer(t, ownPlaces+"mount -t tmpfs none /proc; cd /mnt/bin; ", "./entry-point -c /mnt/work/programs.conf").production(`
[supervisord]
directory = /
[unix_http_server]
file = /mnt/work/http.sock
[entrypoint]
wait_for = file:/mnt/work/programs.conf
[program:web]
command = sh -c "echo I am here; exec sleep 1000"
ready = log:am here
`)
	c.run()
	c.await(&c.stderr, "web: ready, it has printed what was waited for")
	c.wantHealth(filepath.Join(c.Dir, "http.sock"))
	c.kill(syscall.SIGTERM)
	c.wantCode(0)
}
