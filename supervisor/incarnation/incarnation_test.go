package incarnation

import (
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/process"
)

// Close and the end of the streams leave nothing either.
func TestWholeOrNot(t *testing.T) {
	failure := errors.New("failure")
	for name, c := range map[string]struct {
		plan   []func(*config.Program)
		start  error
		search error // of Search itself
		helper error // of the helper process
	}{
		"no process":                     {plan: []func(*config.Program){byFD, aliveByNotify}, start: failure},
		"no search":                      {plan: []func(*config.Program){byLog, aliveByNotify}, search: failure},
		"no process for the search":      {plan: []func(*config.Program){byLog, aliveByNotify}, helper: syscall.EAGAIN},
		"no process, but for the search": {plan: []func(*config.Program){byLog}, start: failure},
	} {
		t.Run(name, func(t *testing.T) {
			l := &loop{
				start: func(*process.Spec) error { return c.start },
				search: func(_ *os.File, done func(error)) error {
					if c.helper != nil {
						done(c.helper)
					}
					return c.search
				},
			}
			before := openFiles(t)
			i, err := Open(l, l.plan(c.plan...))
			if want := errors.Join(c.start, c.search, c.helper); i != nil || err == nil || !strings.HasSuffix(err.Error(), want.Error()) {
				t.Errorf("%v, %v, want the error %v", i, err, want)
			}
			closed(t, before)
			for _, s := range l.streams {
				if !slices.Equal(s.calls, []string{"abort"}) {
					t.Errorf("%s: %q, want abort", s.spec.Stream, s.calls)
				}
			}
			l.turn()
			l.want(t)
		})
	}
}

// well or leaves nothing open.
func TestNoDescriptors(t *testing.T) {
	warm, _, err := openStdin(logs.NewBuffer(1)) // the runtime opens its poller
	if err != nil {
		t.Fatal(err)
	}
	warm.close()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	first := firstFree(t)
	failed := 0
	for left := 0; ; left++ {
		l := &loop{}
		before := openFiles(t)
		few := limit
		few.Cur = uint64(first + left)
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
			t.Fatal(err)
		}
		i, err := Open(l, l.plan(byFD, aliveByNotify))
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
		if err == nil {
			i.Exited(process.Exit{PID: 100}, false, time.Now(), nil)
			i.Close()
			closed(t, before)
			break
		}
		if failed++; !errors.Is(err, syscall.EMFILE) {
			t.Errorf("with %d descriptors: %v, want EMFILE", left, err)
		}
		closed(t, before)
	}
	if failed < 8 { // standard input, socket, descriptor, two streams: nine of them
		t.Errorf("it went well with %d descriptors", failed)
	}
}

// firstFree makes sure that from some number on no descriptor is open, and below it all
// are: the kernel gives the lowest free number, and the limit is one of numbers.
func firstFree(t *testing.T) int {
	t.Helper()
	highest := 0
	for n := range 1 << 10 {
		var st syscall.Stat_t
		if syscall.Fstat(n, &st) == nil {
			highest = n
		}
	}
	for {
		fd, err := syscall.Dup(0)
		if err != nil {
			t.Fatal(err)
		}
		if fd > highest {
			_ = syscall.Close(fd)
			return fd
		}
		t.Cleanup(func() { _ = syscall.Close(fd) })
	}
}

// TestSaysByItself: each way by which a process says how it is, told in the loop, and not
