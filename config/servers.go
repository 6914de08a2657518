package config

import (
	"path/filepath"
	"strings"
	"syscall"
)

// server is a program whose habits we know, recognised by its command's name.
type server struct {
	is    func(base string) bool
	adapt func(b *build)
}

// servers is never written.
var servers = [...]server{
	{isNginx, adaptNginx},
	{isUWSGI, adaptUWSGI},
}

// adapt makes a program of a known server run well under supervision. What the
// file itself says is left alone.
func (b *build) adapt() {
	b.stopSignals, b.insist = []syscall.Signal{syscall.SIGTERM}, false
	base := filepath.Base(b.p.Command[0])
	for i := range servers {
		if servers[i].is(base) {
			servers[i].adapt(b)
		}
	}
}

func isNginx(base string) bool {
	return base == "nginx" || base == "nginx-debug" || base == "openresty"
}

func isUWSGI(base string) bool {
	return base == "uwsgi" || strings.HasPrefix(base, "uwsgi-") || strings.HasPrefix(base, "uwsgi_")
}

// workDir is where a program runs, and its relative paths begin.
func (b *build) workDir() string {
	if b.p.Directory == "" {
		return b.dir
	}
	return under(b.dir, b.p.Directory)
}
