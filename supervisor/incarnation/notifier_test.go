package incarnation

import (
	"errors"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/process"
)

// after Close even if it has said it before.
func TestSaysByItself(t *testing.T) {
	line := func(_ *testing.T, p *Plan) {
		fd, err := syscall.Dup(int(p.Spec.Extra.Fd()))
		if err != nil {
			panic(err)
		}
		f := os.NewFile(uintptr(fd), "theirs")
		_, _ = f.WriteString("any")
		_, _ = f.WriteString("thing\nmore\n")
		f.Close()
	}
	message := func(text string) func(*testing.T, *Plan) {
		return func(t *testing.T, p *Plan) {
			name := ""
			for _, e := range p.Spec.Env {
				if v, is := strings.CutPrefix(e, "NOTIFY_SOCKET="); is {
					name = v
				}
			}
			c, err := net.Dial("unixgram", name)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	byNotify := func(c *config.Program) { c.Ready = config.Probe{Kind: config.ProbeNotify} }
	for name, c := range map[string]struct {
		plan  func(*config.Program)
		says  func(*testing.T, *Plan)
		heard []string
		owner string
	}{
		"a line":               {byFD, line, []string{"wrote"}, ""},
		"READY=1":              {byNotify, message("READY=1"), []string{"ready"}, ""},
		"WATCHDOG=1":           {aliveByNotify, message("WATCHDOG=1\nREADY=1"), []string{"ready", "alive"}, ""},
		"of the program":       {byNotify, message("READY=1"), []string{"ready"}, "web"},
		"of another's process": {byNotify, message("READY=1"), []string{"web: what process " + strconv.Itoa(os.Getpid()) + " of other says of it does not count"}, "other"},
	} {
		for _, closes := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				before := openFiles(t)
				l := &loop{owner: c.owner}
				p := l.plan(c.plan)
				l.start = func(*process.Spec) error { c.says(t, p); return nil } // as soon as it runs
				i, err := Open(l, p)
				if err != nil {
					t.Fatal(err)
				}
				l.await(t)
				if closes {
					i.Exited(process.Exit{PID: 100}, false, time.Now(), nil)
					i.Close()
					l.turn()
					l.want(t)
				} else {
					l.turn()
					l.want(t, c.heard...)
					i.Exited(process.Exit{PID: 100}, false, time.Now(), nil)
					i.Close()
				}
				closed(t, before)
			})
		}
	}
}

// TestWatchdog: a process that is to say that it is alive is told how often.

func TestWatchdog(t *testing.T) {
	l := &loop{direct: true}
	p := l.plan(aliveByNotify)
	i, err := Open(l, p)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if !slices.Contains(p.Spec.Env, "WATCHDOG_USEC=30000000") {
		t.Errorf("environment %q", p.Spec.Env)
	}
}

// TestSearch: what is printed goes to the search, and its end is told as it is: found,
// failed, or (because we have closed its input) not at all.

func TestSearch(t *testing.T) {
	for name, c := range map[string]struct {
		end    error
		closes bool // first
		heard  []string
		deaf   bool // it closes its input before it ends
	}{
		"found":                         {nil, false, []string{"printed"}, false},
		"failed":                        {errors.New("exit code 2"), false, []string{"unsearched: exit code 2"}, false},
		"its input is over":             {errors.New("exit code 1"), true, nil, false},
		"found too late":                {nil, true, nil, false},
		"failed, and output after that": {errors.New("exit code 2"), false, []string{"unsearched: exit code 2"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			before := openFiles(t)
			var in *os.File
			var done func(error)
			l := &loop{search: func(stdin *os.File, f func(error)) error {
				fd, err := syscall.Dup(int(stdin.Fd()))
				in, done = os.NewFile(uintptr(fd), "stdin"), f
				return err
			}}
			i, err := Open(l, l.plan(byLog))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range l.streams {
				s.spec.Chunk([]byte(s.spec.Stream + "\n"))
			}
			text := make([]byte, 100)
			n, err := in.Read(text)
			if got := string(text[:n]); got != "stdout\nstderr\n" || err != nil {
				t.Errorf("searched %q, %v", got, err)
			}
			end := func() {
				i.Exited(process.Exit{PID: 100}, false, time.Now(), nil)
				i.Close()
			}
			if c.deaf {
				in.Close()
				l.streams[0].spec.Chunk([]byte("more\n"))
			}
			if c.closes {
				end()
			}
			done(c.end)
			l.want(t, c.heard...)
			if !c.closes {
				l.streams[0].spec.Chunk([]byte("nobody searches any more\n"))
				end()
			}
			if n, err := in.Read(text); (n != 0 || err == nil) && !c.deaf {
				t.Errorf("read %q after the end, %v", text[:n], err)
			}
			in.Close()
			closed(t, before)
		})
	}
}

// TestExit: whose exit is pending, until when, and who hears of what was printed.
