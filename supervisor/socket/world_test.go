package socket

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/config"
)

// patience bounds every wait; reaching it is a failure.
const patience = 20 * time.Second

// unixSocket is a configuration with a path in a directory of its own.
func unixSocket(t *testing.T) (c *config.Socket, path string) {
	path = filepath.Join(t.TempDir(), "a.sock")
	return &config.Socket{URL: "unix://" + path, Mode: 0o700}, path
}

// newSet is a Set that is closed at the end of the test.
func newSet(t *testing.T) *Set {
	s := &Set{}
	t.Cleanup(func() { s.Keep(nil) })
	return s
}

func open(t *testing.T, s *Set, c *config.Socket) *os.File {
	t.Helper()
	f, err := s.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// refused is what Open says; it fails the test if it says nothing.
func refused(t *testing.T, s *Set, c *config.Socket, want string) {
	t.Helper()
	f, err := s.Open(c)
	if f != nil || err == nil || err.Error() != "cannot listen on "+c.URL+": "+want {
		t.Errorf("got %v, %v\nwant cannot listen on %s: %s", f, err, c.URL, want)
	}
}

// passes sends a byte from a new client to who accepts on f.
func passes(t *testing.T, f *os.File, network, address string) {
	t.Helper()
	client, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	fd, _, err := unix.Accept(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if _, err := unix.Write(fd, []byte("x")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1)
	if _, err := client.Read(buf); err != nil || buf[0] != 'x' {
		t.Fatalf("read %q, %v", buf, err)
	}
}

// stat returns the mode and the owner of a socket's file; it must be one.
func stat(t *testing.T, path string) (mode os.FileMode, uid, gid uint32) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Type() != os.ModeSocket {
		t.Fatalf("%s is %v", path, info.Mode())
	}
	sys := info.Sys().(*syscall.Stat_t)
	return info.Mode().Perm(), sys.Uid, sys.Gid
}

func gone(path string) bool {
	_, err := os.Lstat(path)
	return os.IsNotExist(err)
}

// flags are the file status flags (F_GETFL) and descriptor flags (F_GETFD) of f.
func flags(t *testing.T, f *os.File) (status, descriptor int) {
	t.Helper()
	status, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err != nil {
		t.Fatal(err)
	}
	if descriptor, err = unix.FcntlInt(f.Fd(), unix.F_GETFD, 0); err != nil {
		t.Fatal(err)
	}
	return status, descriptor
}

// fill connects clients until the queue takes no more, and returns their number.
func fill(t *testing.T, path string) (clients int) {
	t.Helper()
	for ; clients < 1000; clients++ {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err == unix.EAGAIN {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return clients
}

// without runs f on a thread that lacks a capability, which ends with f.
func without(capability uint, f func()) error {
	done := make(chan error)
	go func() {
		// Nobody unlocks the thread, so it goes with the goroutine.
		runtime.LockOSThread()
		h := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var data [2]unix.CapUserData
		err := unix.Capget(&h, &data[0])
		if err == nil {
			data[capability/32].Effective &^= 1 << (capability % 32)
			err = unix.Capset(&h, &data[0])
		}
		if err == nil {
			f()
		}
		done <- err
	}()
	return <-done
}

// inodeOf is the identity of the file at a path.
func inodeOf(path string) (inode, error) {
	var stat unix.Stat_t
	err := unix.Lstat(path, &stat)
	return inode{uint64(stat.Dev), stat.Ino}, err
}

// placeAt is the place of a socket.
func placeAt(t *testing.T, path string) *place {
	t.Helper()
	p, err := placeOf(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.dir.Close)
	return p
}
