package pipe

import (
	"os"
	"syscall"
	"testing"
)

// TestEnds: each end reads or writes as its function says, ours does not block, theirs
// does, and neither is inherited.
func TestEnds(t *testing.T) {
	for name, c := range map[string]struct {
		open func() (int, *os.File, error)
		read bool // by us
	}{"ToRead": {ToRead, true}, "ToWrite": {ToWrite, false}} {
		ours, theirs, err := c.open()
		if err != nil {
			t.Fatal(err)
		}
		own := os.NewFile(uintptr(ours), "pipe")
		from, to := own, theirs
		if !c.read {
			from, to = theirs, own
		}
		for end, f := range map[string]*os.File{"ours": own, "theirs": theirs} {
			raw, err := f.SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			err = raw.Control(func(fd uintptr) {
				get := func(cmd int) int {
					flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, fd, uintptr(cmd), 0)
					if errno != 0 {
						t.Fatal(errno)
					}
					return int(flags)
				}
				if blocks := get(syscall.F_GETFL)&syscall.O_NONBLOCK == 0; blocks != (end == "theirs") {
					t.Errorf("%s: that %s blocks is %v", name, end, blocks)
				}
				if get(syscall.F_GETFD)&syscall.FD_CLOEXEC == 0 {
					t.Errorf("%s: %s is inherited", name, end)
				}
			})
			if err != nil {
				t.Error(err)
			}
		}
		buf := make([]byte, 10)
		if _, err := to.WriteString("text"); err != nil {
			t.Error(err)
		}
		if n, err := from.Read(buf); err != nil || string(buf[:n]) != "text" {
			t.Errorf("%s: read %q, %v", name, buf[:n], err)
		}
		own.Close()
		theirs.Close()
	}
}

// TestShortage: where no descriptor is left the error says so.
func TestShortage(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := limit
	none.Cur = 0
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	_, theirs, err := ToRead()
	if again := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); again != nil {
		t.Fatal(again)
	}
	if theirs != nil || err != syscall.EMFILE {
		t.Errorf("%v, %v, want no file and EMFILE", theirs, err)
	}
}
