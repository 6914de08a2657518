package activation

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"entrypoint/config"
	"entrypoint/supervisor/process"
)

// TestUser: whom the gateway runs as where we are root: whom the configuration says, else
// a number that nobody has; any other user stays what it is. Always without capabilities.
func TestUser(t *testing.T) {
	confined := func(u User) *syscall.Credential {
		s := &process.Spec{}
		u.Confine(s)
		if !s.Settings.NoNewPrivs || s.Settings.Capabilities == nil || len(*s.Settings.Capabilities) != 0 {
			t.Errorf("%+v keeps capabilities", u)
		}
		return s.Credential
	}
	if os.Geteuid() != 0 {
		if c := confined(User{Wanted: &config.User{UID: 7}}); c != nil {
			t.Errorf("a user who is not root becomes %+v", c)
		}
		return
	}
	if c := confined(User{Wanted: &config.User{UID: 7, GID: 8, Groups: []uint32{9}}}); c == nil || c.Uid != 7 || c.Gid != 8 || !slices.Equal(c.Groups, []uint32{9}) {
		t.Errorf("user 7 is wanted, and it is %+v", c)
	}
	first := confined(User{})
	if first == nil || first.Uid == 0 || first.Gid != first.Uid || len(first.Groups) != 0 {
		t.Fatalf("where nothing is said it is %+v", first)
	}
	next := confined(User{Taken: func(id uint32) bool { return id == first.Uid }})
	if next == nil || next.Uid >= first.Uid {
		t.Errorf("a program has %d, and the gateway is %+v", first.Uid, next)
	}
}

// TestStart: where the kernel does not let us become another user, the process is started
// as what we are, and why is told; any other error is one.
func TestStart(t *testing.T) {
	spec := &process.Spec{Credential: &syscall.Credential{Uid: 7}}
	for _, tt := range []struct {
		err error // of a start as another user
		pid int
		why string
	}{{nil, 5, ""}, {syscall.EPERM, 5, syscall.EPERM.Error()}, {syscall.EINVAL, 5, syscall.EINVAL.Error()}, {syscall.EAGAIN, 0, ""}} {
		pid, why, err := Start(func(s *process.Spec) (int, error) {
			if s.Credential != nil && tt.err != nil {
				return 0, tt.err
			}
			return 5, nil
		}, spec)
		if pid != tt.pid || why != tt.why || (err == nil) != (pid != 0) {
			t.Errorf("%v: process %d, because %q, error %v", tt.err, pid, why, err)
		}
	}
	if spec.Credential == nil {
		t.Error("the caller's own was changed")
	}
}

// TestIDMap: which numbers there are in a user namespace.
func TestIDMap(t *testing.T) {
	file := filepath.Join(t.TempDir(), "uid_map")
	if err := os.WriteFile(file, []byte("         0       1000          1\n         1     100000      65536\nbad line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := readMap(file)
	if !m.has(0) || !m.has(65536) || m.has(65537) || m.last() != 65536 {
		t.Errorf("the map is %v", m)
	}
	if m = readMap(file + " that is not there"); !m.has(4e9) || m.last() != firstUser {
		t.Errorf("without a map it is %v", m)
	}
	passwd := filepath.Join(t.TempDir(), "passwd")
	if err := os.WriteFile(passwd, []byte("root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/:\nshort\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if list := numbers(passwd); !slices.Equal(list, []uint32{0, 1000}) {
		t.Errorf("numbers %v", list)
	}
}

// TestFind: the gateway's binary lies beside our own, or in PATH; else both places are named.
func TestFind(t *testing.T) {
	beside, inPath := t.TempDir(), t.TempDir()
	own, env := filepath.Join(beside, "entry-point"), []string{"PATH=" + inPath}
	put := func(dir string) {
		if err := os.WriteFile(filepath.Join(dir, Name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if file, err := Find(own, env, nil); err == nil || !strings.HasPrefix(err.Error(), filepath.Join(beside, Name)+" is not there, and ") {
		t.Errorf("%q, %v", file, err)
	}
	put(inPath)
	for _, own := range []string{own, ""} {
		if file, err := Find(own, env, nil); err != nil || file != filepath.Join(inPath, Name) {
			t.Errorf("%q, %v", file, err)
		}
	}
	put(beside)
	if file, err := Find(own, env, nil); err != nil || file != filepath.Join(beside, Name) {
		t.Errorf("%q, %v", file, err)
	}
}

// TestEnvironment: nothing of the application's gets through but what is named.
func TestEnvironment(t *testing.T) {
	got := Environment([]string{"PATH=/bin", "DATABASE_URL=secret", "TZ=UTC", "PATHX=1", "SSL_CERT_FILE=/ca"}, "SSL_CERT_FILE")
	if !slices.Equal(got, []string{"PATH=/bin", "TZ=UTC", "SSL_CERT_FILE=/ca"}) {
		t.Errorf("%q", got)
	}
	if got := Environment(nil); got == nil { // nil would be our own
		t.Error("an environment that is not said")
	}
}
