package offload

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// journal is what a pool has logged.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

func (j *journal) has(part string) (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, line := range j.lines {
		if strings.Contains(line, part) {
			n++
		}
	}
	return n
}

// hang returns a function that hangs until release is called, and then returns n.
func hang(n int) (f func() (int, error), release func()) {
	free := make(chan struct{})
	return func() (int, error) { <-free; return n, nil }, func() { close(free) }
}

func answer(n int) func() (int, error) { return func() (int, error) { return n, nil } }

// TestDo: results and errors in time are those of the function.
func TestDo(t *testing.T) {
	p := New(2, func(line string) { t.Error(line) })
	p.Tell(func() { t.Error("something was late") })
	for _, pool := range []*Pool{p, nil} {
		if n, err := Do(pool, Call{Key: "k", What: "count"}, answer(7), nil); n != 7 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		wrong := errors.New("wrong")
		if _, err := Do(pool, Call{Key: "k", What: "count"}, func() (int, error) { return 0, wrong }, nil); err != wrong {
			t.Error(err)
		}
	}
	if _, err := Do(p, Call{Key: "k", What: "count"}, func() (int, error) { panic("bug") }, nil); err == nil || err.Error() != "cannot count: internal error: bug" {
		t.Error(err)
	}
	if len(p.slots) != 0 || len(p.calls) != 0 {
		t.Errorf("%d threads are in use, %d calls are kept", len(p.slots), len(p.calls))
	}
}

// TestLate: what hangs costs its limit once, and its result is there for who asks
// again.
func TestLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log journal
		answers := 0
		p := New(2, log.add)
		p.Tell(func() { answers++ })
		f, release := hang(7)
		timed := func(want time.Duration, key, what string, f func() (int, error)) (int, error) {
			t.Helper()
			begin := time.Now()
			n, err := Do(p, Call{Key: key, What: what}, f, nil)
			if took := time.Since(begin); took != want {
				t.Errorf("took %v, want %v", took, want)
			}
			return n, err
		}
		late := func(err error, want string) {
			t.Helper()
			if e := (*LateError)(nil); !errors.As(err, &e) || err.Error() != want {
				t.Errorf("%v, want %q", err, want)
			}
		}
		_, err := timed(limit, "k", "open it", f)
		late(err, "cannot open it: the file system has not answered for 250ms")
		_, err = timed(0, "k", "open it", answer(1))
		late(err, "cannot open it: the file system has not answered for 250ms")
		_, err = timed(0, "k", "open another", answer(1))
		late(err, "cannot open another: the file system has not answered for 250ms to: open it")
		if n, err := timed(0, "other", "count", answer(5)); n != 5 || err != nil {
			t.Errorf("beside it: %d, %v", n, err)
		}
		g, releaseOther := hang(8)
		_, err = timed(shortLimit, "other", "count", g)
		late(err, "cannot count: the file system has not answered for 50ms")
		for range 3 {
			_, err = timed(0, "third", "look", answer(1))
			late(err, "cannot look: too many other files do not answer")
		}
		if log.has("everything else goes on") != 2 || log.has("as many files do not answer") != 1 || len(log.lines) != 3 {
			t.Errorf("log: %q", log.lines)
		}
		release()
		synctest.Wait()
		if answers != 1 || log.has("the file system has answered after 300ms, to: open it") != 1 {
			t.Errorf("%d answers, log: %q", answers, log.lines)
		}
		if n, err := timed(0, "k", "open it", answer(1)); n != 7 || err != nil {
			t.Errorf("the late result: %d, %v", n, err)
		}
		if n, err := timed(0, "k", "open it", answer(1)); n != 1 || err != nil {
			t.Errorf("and then: %d, %v", n, err)
		}
		releaseOther()
		synctest.Wait()
		time.Sleep(keepTime)
	})
}

// TestDropped: a late result that nobody fetches, or that is another's, is closed.
func TestDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log journal
		p := New(2, log.add)
		dropped := make(chan int, 2)
		drop := func(n int) { dropped <- n }
		f, release := hang(1)
		_, _ = Do(p, Call{Key: "a", What: "open"}, f, drop)
		g, releaseOther := hang(2)
		_, _ = Do(p, Call{Key: "b", What: "open"}, g, drop)
		release()
		releaseOther()
		synctest.Wait()
		if n, err := Do(p, Call{Key: "b", What: "close"}, answer(3), drop); n != 3 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		synctest.Wait()
		if n := <-dropped; n != 2 || len(dropped) != 0 {
			t.Errorf("dropped %d and %d more", n, len(dropped))
		}
		time.Sleep(keepTime)
		synctest.Wait()
		if n := <-dropped; n != 1 || len(p.calls) != 0 {
			t.Errorf("dropped %d", n)
		}
	})
}

// TestRun: those beside the loop keep to the number of threads, and leave one.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log journal
		p := New(2, log.add)
		free := make(chan struct{})
		ran := atomic.Int64{}
		for range 3 {
			go func() {
				if err := p.Run("wait", func() { <-free; ran.Add(1) }); err != nil {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		if n, err := Do(p, Call{Key: "k", What: "count"}, answer(5), nil); n != 5 || err != nil {
			t.Errorf("beside them: %d, %v", n, err)
		}
		close(free)
		synctest.Wait()
		if ran.Load() != 3 {
			t.Errorf("%d have run", ran.Load())
		}
		f, release := hang(1)
		go func() { _ = p.Run("wait", func() { _, _ = f() }) }()
		synctest.Wait()
		begin := time.Now()
		err := p.Run("look", func() { t.Error("ran") })
		if err == nil || err.Error() != "cannot look: too many other files have not answered for 10s" || time.Since(begin) != threadTime {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		release()
	})
}

// TestFIFO: a system call that really blocks, open(2) of a FIFO that nobody reads.
func TestFIFO(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	var log journal
	answered := make(chan struct{})
	p := New(1, log.add)
	p.Tell(func() { close(answered) })
	open := func() (*os.File, error) { return os.OpenFile(fifo, os.O_WRONLY, 0) }
	begin := time.Now()
	_, err := Do(p, Call{Key: "fifo", What: "open it"}, open, nil)
	if e := (*LateError)(nil); !errors.As(err, &e) {
		t.Error(err)
	}
	if took := time.Since(begin); took > 20*limit {
		t.Errorf("took %v", took)
	}
	reader, err := os.Open(fifo)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	<-answered
	f, err := Do(p, Call{Key: "fifo", What: "open it"}, open, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("x"); err != nil {
		t.Error(err)
	}
}
