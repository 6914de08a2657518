package threads

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFiles: reads and writes wait for the other end of a pipe, and say when it is gone.
func TestFiles(t *testing.T) {
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	read, write := os.NewFile(uintptr(ends[0]), "read"), os.NewFile(uintptr(ends[1]), "write")
	text := strings.Repeat("0123456789", 100_000) // more than a pipe holds
	written := make(chan error)
	go func() {
		n, err := WriteFile(write, []byte(text))
		if err == nil && n != len(text) {
			err = io.ErrShortWrite
		}
		write.Close()
		written <- err
	}()
	var got strings.Builder
	buf := make([]byte, 7000)
	for {
		n, err := ReadFile(read, buf)
		got.Write(buf[:n])
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := <-written; err != nil || got.String() != text {
		t.Errorf("%v, %d bytes of %d", err, got.Len(), len(text))
	}
	read.Close()
	if _, err := ReadFile(read, buf); err == nil || err == io.EOF {
		t.Errorf("of a closed file: %v", err)
	}
}

// TestGate: no more than its number have passed at the same time.
func TestGate(t *testing.T) {
	g := NewGate(2)
	g.Enter()
	g.Enter()
	passed := make(chan struct{})
	go func() {
		g.Enter()
		close(passed)
	}()
	select {
	case <-passed:
		t.Fatal("a third one has passed")
	default:
	}
	g.Leave()
	<-passed
	var none Gate
	none.Enter()
	none.Leave()
}

// TestReadNumber: a file of one number, as the kernel writes limits; 0 for all else.
func TestReadNumber(t *testing.T) {
	for text, want := range map[string]int{"100\n": 100, "max\n": 0, "": 0, "7": 7, "99999999999999999999999\n": 0, "12a\n": 0} {
		file := filepath.Join(t.TempDir(), "pids.max")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := readNumber(file); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	if got := readNumber(filepath.Join(t.TempDir(), "missing")); got != 0 {
		t.Errorf("missing: %d", got)
	}
}

// TestReserve: a plan's threads are there when Wait returns.
func TestReserve(t *testing.T) {
	p := Plan{processors: 2, poller: 1, Files: 2, blocking: 2, spare: 1}
	if p.Threads() != 12 {
		t.Errorf("%d threads", p.Threads())
	}
	New(p).Wait()
	if n := count(); n < p.Threads() {
		t.Errorf("%d threads of %d", n, p.Threads())
	}
}
