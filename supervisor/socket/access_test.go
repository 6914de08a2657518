package socket

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/supervisor/skip"
)

// TestNeverMoreOpen looks at the file all the time while it is made, given away
// and changed: neither the world nor a group may get, for a moment, what no
// configuration gives it.
func TestNeverMoreOpen(t *testing.T) {
	skip.Unless(t, os.Geteuid() == 0, "root, to give files away")
	defer unix.Umask(unix.Umask(0))
	s := newSet(t)
	team, path := unixSocket(t)
	team.Mode, team.Owner = 0o770, &config.User{Name: "team", UID: 1000, GID: 1000}
	alone := *team
	alone.Mode, alone.Owner = 0o700, &config.User{Name: "alone", UID: 2000, GID: 2000}

	var looks atomic.Int64
	var seen atomic.Pointer[unix.Stat_t]
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			var stat unix.Stat_t
			if unix.Lstat(path, &stat) != nil {
				continue
			}
			looks.Add(1)
			if stat.Mode&0o007 != 0 || stat.Mode&0o070 != 0 && stat.Gid == alone.Owner.GID {
				seen.Store(&stat)
			}
		}
	}()
	for range 3000 {
		open(t, s, team)
		open(t, s, &alone)
		s.Close(team.URL)
	}
	close(stop)
	<-stopped
	if stat := seen.Load(); stat != nil {
		t.Errorf("seen with mode %o and owner %d:%d", stat.Mode&0o7777, stat.Uid, stat.Gid)
	}
	if looks.Load() == 0 {
		t.Error("never seen")
	}
}

// TestStaleOfAnother: a socket that we may not connect to may be alive.
func TestStaleOfAnother(t *testing.T) {
	skip.Unless(t, os.Geteuid() == 0, "root, to give files away")
	s := newSet(t)
	c, path := unixSocket(t)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 12345, 54321); err != nil {
		t.Fatal(err)
	}
	if err := without(unix.CAP_DAC_OVERRIDE, func() {
		refused(t, s, c, "cannot tell whether it is in use by another process: permission denied")
	}); err != nil {
		t.Fatal(err)
	}
	if gone(path) {
		t.Error("it is gone")
	}
	passes(t, open(t, s, c), "unix", path)
}

// TestLongestPath: what struct sockaddr_un takes is taken, and no byte more.
func TestLongestPath(t *testing.T) {
	s := newSet(t)
	dir := t.TempDir()
	path := filepath.Join(dir, strings.Repeat("x", longestPath-len(dir)-1))
	passes(t, open(t, s, &config.Socket{URL: "unix://" + path, Mode: 0o700}), "unix", path)
	refused(t, s, &config.Socket{URL: "unix://" + path + "x", Mode: 0o700}, "the path is longer than 107 bytes")
}
