package supervisor

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/process"
)

// searcher is the helper process that searches what a program prints, in fake time.
type searcher struct {
	gateway string // the path of its binary
	mu      sync.Mutex
	stdin   int // does not block; 0: none was started
	starts  int
	running sync.WaitGroup
	pattern string
}

// newSearcher makes the binary, which nobody executes.
func newSearcher(t *testing.T) *searcher {
	t.Helper()
	s := &searcher{gateway: filepath.Join(t.TempDir(), "entry-point-gateway")}
	if err := os.WriteFile(s.gateway, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return s
}

// given keeps the end of the pipe that the helper process inherits.
func (s *searcher) given(name string, spec *process.Spec) {
	if name != s.gateway {
		return
	}
	fd, err := syscall.Dup(int(spec.Stdin.Fd()))
	if err == nil {
		err = syscall.SetNonblock(fd, true)
	}
	if err != nil {
		panic(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stdin, s.pattern = fd, spec.Argv[2]
	s.starts++
}

// run is the helper process: it ends well when it has read what is looked for, and with
// 1 at the end of its input.
func (s *searcher) run(w *world, pid int, looked string) {
	s.mu.Lock()
	fd := s.stdin
	s.mu.Unlock()
	var text strings.Builder
	code := 1
	for buf := make([]byte, 1<<10); ; {
		n, err := syscall.Read(fd, buf)
		if n == 0 && err == nil {
			break
		}
		text.Write(buf[:max(n, 0)])
		if strings.Contains(text.String(), looked) {
			code = 0
			break
		}
		time.Sleep(10 * time.Millisecond) // fake time
	}
	_ = syscall.Close(fd)
	w.end(pid, time.Millisecond, exitCode(code))
}

// TestReadyByLog: a program is ready when it has printed what its probe waits for, and
// not before; its search ends with it, and each process has one of its own.
func TestReadyByLog(t *testing.T) {
	const banner = "listening"
	for name, c := range map[string]struct {
		print   []string // after 2 s, 3 s ...
		life    time.Duration
		bad     bool     // the helper process ends at once, with 2
		none    bool     // there is no gateway's binary
		alone   bool     // what waits for it is never started
		refused int      // times that the helper process cannot be started, for want of processes
		starts  int      // of the search
		log     []string // remarks that are made
		never   []string // and that are not
	}{
		"printed": {
			print: []string{"starting\n", banner + " on 80\n"}, life: 20 * time.Second, starts: 1,
			log: []string{"web: ready, it has printed what was waited for after 3s"},
		},
		"in two parts": {
			print: []string{banner[:4], banner[4:]}, life: 20 * time.Second, starts: 1,
			log: []string{"web: ready, it has printed what was waited for after 3s"},
		},
		"never printed": {
			print: []string{"starting\n"}, life: 20 * time.Second, starts: 1,
			never: []string{"web: ready", "cannot search"}, alone: true,
		},
		"ends before that, and starts again": {
			print: []string{"starting\n"}, life: 2500 * time.Millisecond, starts: 3,
			never: []string{"web: ready", "cannot search"}, alone: true,
		},
		"cannot be searched": {
			print: []string{banner + "\n"}, life: 20 * time.Second, bad: true, starts: 1,
			log:   []string{"web: cannot search its output for " + banner + ": exit code 2"},
			never: []string{"web: ready"}, alone: true,
		},
		"no gateway": {
			none: true,
			log:  []string{"web: cannot search its output: ", "entry-point-gateway"}, alone: true,
		},
		"no process for the search": {
			print: []string{"starting\n", banner + "\n"}, life: 30 * time.Second, refused: 2 * 3, starts: 1, // it insists, three times each
			log: []string{"web: cannot search its output: ", "trying again until it can be done", "web: ready, it has printed what was waited for"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			search := newSearcher(t)
			own := search.gateway[:len(search.gateway)-len("-gateway")]
			if c.none {
				t.Setenv("PATH", t.TempDir())
				own = ""
			}
			out := &screen{}
			refused := 0
			_, _, log := scenario{
				programs: []*config.Program{
					named("web", func(p *config.Program) {
						p.Ready = config.Probe{Kind: config.ProbeLog, Pattern: banner}
						p.StartRetries = 2
					}),
					named("app", func(p *config.Program) {
						p.DependsOn = []config.Dependency{{Name: "web"}}
					}),
				},
				output: out, given: search.given, executable: own,
				refuse: func(_ *world, name string) error {
					if name == search.gateway && refused < c.refused {
						refused++
						return syscall.EAGAIN
					}
					return nil
				},
				behave: func(w *world, name string, pid int, sig syscall.Signal) {
					switch {
					case sig != 0:
						obedient(w, name, pid, sig)
					case name == search.gateway && c.bad:
						_ = syscall.Close(search.stdin)
						w.end(pid, 100*time.Millisecond, exitCode(2))
					case name == search.gateway:
						search.running.Go(func() { search.run(w, pid, banner) })
					case name == "web":
						for i, text := range c.print {
							time.AfterFunc(time.Duration(i+2)*time.Second, func() { out.print("web", "stdout", text) })
						}
						w.end(pid, c.life, exitCode(1))
					}
				},
				outside: stopAfter(15 * time.Second),
				ended:   func(*world) { search.running.Wait() },
			}.run(t)
			for _, line := range c.log {
				if log.remarks(line) == 0 {
					t.Errorf("nothing says %q:\n%s", line, log)
				}
			}
			for _, line := range c.never {
				if log.remarks(line) != 0 {
					t.Errorf("something says %q:\n%s", line, log)
				}
			}
			if started := facts[notice.Started](log, "app"); c.alone != (len(started) == 0) {
				t.Errorf("what waits for it was started %d times:\n%s", len(started), log)
			}
			if started := facts[notice.Started](log, "web"); (len(started) == 0) != c.none {
				t.Errorf("it was started %d times:\n%s", len(started), log)
			}
			if search.starts != c.starts || c.starts > 0 && search.pattern != banner {
				t.Errorf("%d searches for %q, want %d for %q", search.starts, search.pattern, c.starts, banner)
			}
		})
	}
}
