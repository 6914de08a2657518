package socket

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/supervisor/skip"
)

// TestUnix: the file has exactly its mode whatever the umask is, the socket is
// known by its own name, blocks, and is no other program's business.
func TestUnix(t *testing.T) {
	for _, umask := range []int{0, 0o022, 0o777} {
		for _, mode := range []int{0o700, 0o660, 0o777, 0o600} {
			s := newSet(t)
			c, path := unixSocket(t)
			c.Mode = mode
			old := unix.Umask(umask)
			f, err := s.Open(c)
			unix.Umask(old)
			if err != nil {
				t.Fatal(err)
			}
			if got, uid, gid := stat(t, path); int(got) != mode || int(uid) != os.Geteuid() || int(gid) != os.Getegid() {
				t.Errorf("umask %o: mode %o, owner %d:%d, want mode %o", umask, got, uid, gid, mode)
			}
			passes(t, f, "unix", path)
			name, err := unix.Getsockname(int(f.Fd()))
			if a, ok := name.(*unix.SockaddrUnix); err != nil || !ok || a.Name != path {
				t.Errorf("its name is %+v, %v", name, err)
			}
			if status, descriptor := flags(t, f); status&unix.O_NONBLOCK != 0 || descriptor != unix.FD_CLOEXEC {
				t.Errorf("flags %x, %x", status, descriptor)
			}
			s.Close(c.URL)
			if !gone(path) {
				t.Error("the file is still there")
			}
		}
	}
}

// TestUnixIsBornClosed: from its first moment on the file is no more open than
// its mode says.
func TestUnixIsBornClosed(t *testing.T) {
	defer unix.Umask(unix.Umask(0))
	_, path := unixSocket(t)
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := placeAt(t, path).bind(fd, 0o600); err != nil {
		t.Fatal(err)
	}
	if mode, _, _ := stat(t, path); mode != 0o600 {
		t.Errorf("mode %o", mode)
	}
}

func TestOwner(t *testing.T) {
	skip.Unless(t, os.Geteuid() == 0, "root, to give files away")
	s := newSet(t)
	c, path := unixSocket(t)
	c.Mode, c.Owner = 0o660, &config.User{Name: "web", UID: 12345, GID: 54321}
	open(t, s, c)
	if mode, uid, gid := stat(t, path); mode != 0o660 || uid != 12345 || gid != 54321 {
		t.Errorf("mode %o, owner %d:%d", mode, uid, gid)
	}
	other, path := unixSocket(t)
	other.Owner = &config.User{Name: "web", UID: 12345, GID: ^uint32(0)}
	open(t, s, other)
	if _, uid, gid := stat(t, path); uid != 12345 || int(gid) != os.Getegid() {
		t.Errorf("owner %d:%d, want the group unchanged", uid, gid)
	}
	third, path := unixSocket(t)
	third.Owner = c.Owner
	if err := without(unix.CAP_CHOWN, func() {
		refused(t, s, third, "cannot give it to user web: operation not permitted (it needs root, or CAP_CHOWN)")
	}); err != nil {
		t.Fatal(err)
	}
	if !gone(path) {
		t.Error("what could not be given away is left behind")
	}
}

// TestStale: the socket file of a process that is gone is replaced, that of one
// which is there is not, even if it does not answer now.
func TestStale(t *testing.T) {
	s := newSet(t)
	c, path := unixSocket(t)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	before, err := inodeOf(path)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, s, c, "it is in use by another process")
	if now, err := inodeOf(path); err != nil || now != before {
		t.Errorf("the file is another one: %v", err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	f := open(t, s, c)
	passes(t, f, "unix", path)

	// One with a full queue answers EAGAIN.
	full, path := unixSocket(t)
	full.Backlog = 1
	open(t, newSet(t), full)
	fill(t, path)
	refused(t, s, full, "it is in use by another process")

	dgram, path := unixSocket(t)
	d, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	refused(t, s, dgram, "it is in use by another process")
}

func TestUnixErrors(t *testing.T) {
	s := newSet(t)
	c, path := unixSocket(t)
	const other = "there is a file of that name which is not a socket; remove it"
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, s, c, other)
	if text, err := os.ReadFile(path); err != nil || string(text) != "precious" {
		t.Errorf("the file holds %q, %v", text, err)
	}
	for _, target := range []string{path, path + ".dangling"} {
		link := &config.Socket{URL: c.URL + ".link", Mode: 0o700}
		if err := os.Symlink(target, path+".link"); err != nil {
			t.Fatal(err)
		}
		refused(t, s, link, other)
		if err := os.Remove(path + ".link"); err != nil {
			t.Error(err)
		}
	}
	refused(t, s, &config.Socket{URL: c.URL + "/below"}, "its directory does not exist")
	refused(t, s, &config.Socket{URL: c.URL + ".d/a"}, "its directory does not exist")
	refused(t, s, &config.Socket{URL: "unix://a/b"}, "the path is not absolute")
	refused(t, s, &config.Socket{URL: "unix:///" + strings.Repeat("x", 107)}, "the path is longer than 107 bytes")
	refused(t, s, &config.Socket{URL: "udp://127.0.0.1:1"}, "it is neither unix:///PATH nor tcp://HOST:PORT")
}

// TestReplaced: of two files of one name only ours is taken away, and what is put
// in its place gets neither our mode nor our owner.
func TestReplaced(t *testing.T) {
	s := newSet(t)
	c, path := unixSocket(t)
	open(t, s, c)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s.Close(c.URL)
	if gone(path) {
		t.Error("the other's file is gone")
	}

	secret := path + ".secret"
	if err := os.WriteFile(secret, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, path+".link"); err != nil {
		t.Fatal(err)
	}
	if _, err := placeAt(t, path+".link").own(&config.Socket{Mode: 0o777}, inode{}); err == nil || err.Error() != "somebody has put another file in its place" {
		t.Errorf("got %v", err)
	}
	if info, err := os.Stat(secret); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestForeignDirectory: where a program's user can write, and exchange the directory
// itself, root neither binds nor removes nor gives away anything elsewhere.
func TestForeignDirectory(t *testing.T) {
	skip.UnlessRoot(t, "for files of several users")
	const nobody = 65534
	root := t.TempDir()
	if err := os.Chmod(filepath.Dir(root), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"etc", "app", "app/run"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if dir != "etc" {
			if err := os.Chown(filepath.Join(root, dir), nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
	}
	path := filepath.Join(root, "app/run/a.sock")
	c := &config.Socket{URL: "unix://" + path, Mode: 0o700, Owner: &config.User{Name: "nobody", UID: nobody, GID: nobody}}

	// It works as long as nobody attacks, under the name that programs look for.
	s := newSet(t)
	f := open(t, s, c)
	passes(t, f, "unix", path)
	if name, err := unix.Getsockname(int(f.Fd())); err != nil || name.(*unix.SockaddrUnix).Name != path {
		t.Errorf("%v, %v", name, err)
	}
	plain := *c
	plain.URL, plain.Owner, plain.Mode = "unix://"+filepath.Join(root, "app/run/plain.sock"), nil, 0o640
	open(t, s, &plain)
	if mode, uid, _ := stat(t, filepath.Join(root, "app/run/plain.sock")); mode != 0o640 || uid != 0 {
		t.Errorf("mode %o, owner %d", mode, uid)
	}
	if mode, uid, gid := stat(t, path); mode != 0o700 || uid != nobody || gid != nobody {
		t.Errorf("mode %o, owner %d:%d", mode, uid, gid)
	}

	// Now the directory leads to where root has a socket of its own of this name.
	victim := filepath.Join(root, "etc/a.sock")
	l, err := net.Listen("unix", victim)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	mode, _, _ := stat(t, victim)
	untouched := func() {
		t.Helper()
		if now, uid, gid := stat(t, victim); now != mode || uid != 0 || gid != 0 {
			t.Errorf("mode %o, owner %d:%d", now, uid, gid)
		}
	}
	if err := os.Rename(filepath.Join(root, "app/run"), filepath.Join(root, "app/was")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../etc", filepath.Join(root, "app/run")); err != nil {
		t.Fatal(err)
	}
	if err := os.Lchown(filepath.Join(root, "app/run"), nobody, nobody); err != nil {
		t.Fatal(err)
	}
	changed := *c
	changed.Mode = 0o777
	if f, err := s.Open(&changed); err == nil || !strings.Contains(err.Error(), "is a symbolic link that user nobody made") {
		t.Errorf("%v, %v", f, err)
	}
	untouched()
	s.Close(c.URL)
	untouched()

	// A socket of root's that has got another name is nobody's to have.
	hard := filepath.Join(root, "app/b.sock")
	if err := os.Link(victim, hard); err != nil {
		t.Fatal(err)
	}
	if _, err := placeAt(t, hard).own(c, inode{}); err == nil || !strings.Contains(err.Error(), "hard link") {
		t.Errorf("got %v", err)
	}
	untouched()
}

// TestForeignRace: a program's user exchanges the directory of a socket all the time. The
// socket's file comes to lie in his directory or nowhere, be it bound with his rights or,
// where he has none on the way, by the directory's descriptor.
func TestForeignRace(t *testing.T) {
	skip.UnlessRoot(t, "for files of several users")
	for _, way := range []os.FileMode{0o755, 0o700} {
		t.Run(way.String(), func(t *testing.T) { foreignRace(t, way) })
	}
}

func foreignRace(t *testing.T, way os.FileMode) {
	const nobody = 65534
	root := t.TempDir()
	if err := os.Chmod(filepath.Dir(root), way); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"etc", "app", "app/run"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if dir != "etc" {
			if err := os.Chown(filepath.Join(root, dir), nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
	}
	run, trap := filepath.Join(root, "app/run"), filepath.Join(root, "app/trap")
	if err := os.Symlink("../etc", trap); err != nil {
		t.Fatal(err)
	}
	if err := os.Lchown(trap, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_ = unix.Renameat2(unix.AT_FDCWD, run, unix.AT_FDCWD, trap, unix.RENAME_EXCHANGE)
				runtime.Gosched()
			}
		}
	}()
	defer func() {
		close(stop)
		<-stopped
	}()
	c := &config.Socket{URL: "unix://" + run + "/a.sock", Mode: 0o700, Owner: &config.User{Name: "nobody", UID: nobody, GID: nobody}}
	opened, refused := 0, 0
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		s := &Set{}
		if _, err := s.Open(c); err == nil {
			opened++
		} else {
			refused++
		}
		s.Keep(nil)
		if entries, err := os.ReadDir(filepath.Join(root, "etc")); err != nil || len(entries) > 0 {
			t.Fatalf("%v, %v", entries, err)
		}
	}
	t.Logf("%d opened, %d refused", opened, refused)
	if opened < 10 || refused < 10 {
		t.Error("too few to count")
	}
}
