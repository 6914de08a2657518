package lock

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/skip"
)

func open(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestHolder: a process of another program's is named that has locked the file.
func TestHolder(t *testing.T) {
	f := open(t)
	holder := exec.Command("flock", f.Name(), "-c", "echo locked; exec sleep 1000")
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Process.Kill(); _ = holder.Wait() }()
	if _, err := out.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if err := Try(f); !errors.Is(err, ErrHeld) {
		t.Fatalf("the lock is had: %v", err)
	}
	if got := Held(f, time.Minute).Error(); !strings.HasPrefix(got, f.Name()+" is locked by process ") || !strings.HasSuffix(got, ", which has given no sign of life for 1m0s") ||
		!strings.Contains(got, " (flock), ") && !strings.Contains(got, " (sleep), ") {
		t.Error(got)
	}
}

func TestHolderInTable(t *testing.T) {
	const table = `1: POSIX  ADVISORY  WRITE 10 fe:00:77 0 EOF
2: FLOCK  ADVISORY  WRITE 11 00:2a:77 0 EOF
2: -> FLOCK  ADVISORY  WRITE 12 fe:00:78 0 EOF
3: FLOCK  ADVISORY  READ  13 fe:00:177 0 EOF
4: FLOCK  ADVISORY  WRITE 14 fe:00:77 0 EOF
5: FLOCK  ADVISORY  WRITE 0 fe:00:79 0 EOF
6: OFDLCK ADVISORY  WRITE -1 fe:00:80 0 EOF
broken
`
	for _, c := range []struct {
		major, minor uint32
		inode        uint64
		want         int
	}{{0xfe, 0, 77, 14}, {0, 0x2a, 77, 11}, {8, 1, 77, 14}, {0xfe, 0, 78, 0}, {0xfe, 0, 79, 0}, {0xfe, 0, 80, 0}, {0xfe, 0, 177, 13}, {0xfe, 0, 7, 0}} {
		if got := holder(table, c.major, c.minor, c.inode); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// TestPatience: it lasts as long as there are signs of life, and the limit after the
// last one.
func TestPatience(t *testing.T) {
	f := open(t)
	begin := time.Now()
	at := func(after time.Duration, f *os.File, p *Patience, want bool) {
		t.Helper()
		if got := p.Over(f, begin.Add(after)); got != want {
			t.Errorf("after %v: %t", after, got)
		}
	}
	old := unix.Timespec{Sec: 1}
	if err := unix.UtimesNanoAt(unix.AT_FDCWD, f.Name(), []unix.Timespec{old, old}, 0); err != nil {
		t.Fatal(err)
	}
	p := Patience{Limit: time.Minute}
	at(0, f, &p, false)
	at(59*time.Second, f, &p, false)
	stop := Keep(f)
	stop() // at least one
	at(61*time.Second, f, &p, false)
	at(120*time.Second, f, &p, false)
	at(121*time.Second, f, &p, true)
	p = Patience{Limit: time.Minute}
	at(0, nil, &p, false)
	Keep(f)()
	at(60*time.Second, nil, &p, true)
}

// TestPatienceWithStrangers: the signs of one who owns the file himself do not count
// for ever.
func TestPatienceWithStrangers(t *testing.T) {
	skip.UnlessRoot(t, "to give a file away")
	f := open(t)
	if err := f.Chown(65534, 65534); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	p := Patience{Limit: time.Minute}
	over := -1
	for second := 0; second < 2*3600 && over < 0; second += 10 {
		moment := begin.Add(time.Duration(second) * time.Second)
		if err := os.Chtimes(f.Name(), moment, moment); err != nil {
			t.Fatal(err)
		}
		if p.Over(f, moment) {
			over = second
		}
	}
	if over < 3600 || over > 3660 {
		t.Errorf("over after %d s", over)
	}
	CloseOff(f)
	if info, err := f.Stat(); err != nil || info.Mode() != 0o644 {
		t.Errorf("the stranger's file: %v, %v", info.Mode(), err)
	}
	if got := Held(f, time.Minute).Error(); !strings.HasSuffix(got, " for 1m0s that counts; the file belongs to user 65534") {
		t.Error(got)
	}
}

// TestCloseOff: whoever may only read the file cannot lock it.
func TestCloseOff(t *testing.T) {
	f := open(t)
	CloseOff(f)
	var st syscall.Stat_t
	if err := syscall.Stat(f.Name(), &st); err != nil || st.Mode&0o777 != 0o600 {
		t.Errorf("%o, %v", st.Mode, err)
	}
}
