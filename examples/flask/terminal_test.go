package flask_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"entrypoint/examples/internal/dockertest"
)

// TestTerminal types at `docker run -it IMAGE bash` what a person does.
func TestTerminal(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{"PID 1": nil, "--init": {"--init"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startTerminal(t, dockertest.Spec{Image: bare(t), Flags: flags, Args: []string{"bash", "--norc"}})
			// The prompt is told from what is typed: only the shell expands it.
			s.typed("PS1='ready-$((40+2))> '\n")
			s.waitFor("ready-42> ")

			// Ctrl-C ends the sleep and leaves the shell.
			s.typed("sleep 1000; echo code-$?\n")
			s.waitFor("sleep 1000; echo")
			s.untilForeground("sleep")
			s.typed("\x03")
			s.waitFor("ready-42> ")
			s.typed("echo after-$?\n")
			s.waitFor("after-130")

			// Ctrl-Z stops it, fg takes it up again.
			s.typed("sleep 1001\n")
			s.untilForeground("sleep")
			s.typed("\x1a")
			s.waitFor("Stopped")
			s.typed("jobs\n")
			s.waitFor("Stopped")
			s.typed("fg\n")
			s.waitFor("sleep 1001")
			s.untilForeground("sleep")
			s.typed("\x03")
			s.waitFor("ready-42> ")

			s.typed("exit 23\n")
			if code := s.wait(); code != 23 {
				t.Errorf("exit code %d, want 23", code)
			}
			for _, bad := range []string{"cannot set terminal process group", "no job control"} {
				if strings.Contains(s.all(), bad) {
					t.Errorf("bash says %q", bad)
				}
			}
		})
	}
}

// TestTerminalDebug ends debug mode by Ctrl-C, as the tutorial does.
func TestTerminalDebug(t *testing.T) {
	t.Parallel()
	s := startTerminal(t, dockertest.Spec{Image: flask(t), Args: []string{"-d", "debug"}})
	s.waitFor("Debugger PIN")
	s.typed("\x03")
	if code := s.wait(); code != 0 && code != 130 {
		t.Errorf("exit code %d", code)
	}
}

// TestTerminalProduction ends production mode by Ctrl-C.
func TestTerminalProduction(t *testing.T) {
	t.Parallel()
	s := startTerminal(t, dockertest.Spec{Image: flask(t)})
	s.waitFor("spawned uWSGI worker 4")
	s.typed("\x03")
	if code := s.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// terminal is a program on a pseudo-terminal.
type terminal struct {
	t         *testing.T
	container string // "": the program is no container
	cmd       *exec.Cmd
	file      *os.File
	ended     chan struct{}

	mu     sync.Mutex
	output bytes.Buffer
	read   int           // how much of output waitFor has passed
	more   chan struct{} // closed and replaced when output grows
}

func startTerminal(t *testing.T, spec dockertest.Spec) *terminal {
	t.Helper()
	name, argv := dockertest.Command(t, spec, "-it")
	s := openTerminal(t, exec.Command(argv[0], argv[1:]...))
	s.container = name
	return s
}

func openTerminal(t *testing.T, cmd *exec.Cmd) *terminal {
	t.Helper()
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 200})
	if err != nil {
		t.Fatal(err)
	}
	s := &terminal{t: t, cmd: cmd, file: file, ended: make(chan struct{}), more: make(chan struct{})}
	go s.pump()
	t.Cleanup(func() {
		file.Close() // hangs up, should it still run
		<-s.ended
		if t.Failed() {
			t.Logf("on the terminal:\n%s", s.all())
		}
	})
	return s
}

func (s *terminal) pump() {
	defer close(s.ended)
	block := make([]byte, 4096)
	for {
		n, err := s.file.Read(block)
		s.mu.Lock()
		s.output.Write(block[:n])
		close(s.more)
		s.more = make(chan struct{})
		s.mu.Unlock()
		if err != nil { // EIO when the last program has closed the terminal
			return
		}
	}
}

func (s *terminal) typed(keys string) {
	s.t.Helper()
	if _, err := s.file.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// waitFor waits until text appears after what earlier calls waited for.
func (s *terminal) waitFor(text string) {
	s.t.Helper()
	deadline := time.After(5 * time.Minute) // `make run` may build an image
	for {
		s.mu.Lock()
		at := bytes.Index(s.output.Bytes()[s.read:], []byte(text))
		if at >= 0 {
			s.read += at + len(text)
		}
		more := s.more
		s.mu.Unlock()
		if at >= 0 {
			return
		}
		select {
		case <-more:
		case <-s.ended:
			s.t.Fatalf("ended before %q", text)
		case <-deadline:
			s.t.Fatalf("%q never appeared", text)
		}
	}
}

// untilForeground waits until the terminal belongs to a program of that name:
// before, a key such as Ctrl-C would reach the shell.
func (s *terminal) untilForeground(name string) {
	s.t.Helper()
	// Field 5 of stat is the process group, field 8 that of the terminal.
	script := `for p in /proc/[0-9]*; do read -r pid comm state parent group session tty fore rest <$p/stat || continue
		[ "$comm $group" = "($0) $fore" ] && exit 0; done 2>/dev/null; exit 1`
	dockertest.Eventually(s.t, name+" has the terminal", func() bool {
		return exec.Command("docker", "exec", s.container, "sh", "-c", script, name).Run() == nil
	})
}

func (s *terminal) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.String()
}

// wait returns the program's exit code.
func (s *terminal) wait() int {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		s.t.Fatal("still running a minute later")
	}
	_ = s.cmd.Wait() // the code says it all
	return s.cmd.ProcessState.ExitCode()
}
