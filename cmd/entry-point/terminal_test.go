package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/skip"

	"github.com/creack/pty"
)

// session is a program on a terminal of its own, and what it has shown so far.
type session struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File
	shown  output
}

// onTerminal starts a program as the leader of a session whose controlling
// terminal is a new pty, as docker run -it does; as PID 1 if asked for.
func onTerminal(t *testing.T, pid1 bool, name string, args ...string) *session {
	t.Helper()
	skip.Unless(t, os.Geteuid() == 0, "root, for a PID namespace")
	s := &session{t: t, cmd: exec.Command(name, args...)}
	s.cmd.Env = append(os.Environ(), "PS1=prompt> ", "TERM=dumb")
	attr := &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if pid1 {
		attr.Cloneflags = syscall.CLONE_NEWPID
	}
	var err error
	if s.master, err = pty.StartWithAttrs(s.cmd, nil, attr); err != nil {
		t.Fatal(err)
	}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := s.master.Read(buf)
			_, _ = s.shown.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		_ = s.master.Close()
	})
	return s
}

func (s *session) typeIn(text string) {
	s.t.Helper()
	if _, err := s.master.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// await waits until text has been shown, and forgets everything up to it.
func (s *session) await(text string) {
	s.t.Helper()
	deadline := time.After(patience)
	for {
		changed := s.shown.next()
		s.shown.mu.Lock()
		i := bytes.Index(s.shown.buf.Bytes(), []byte(text))
		if i >= 0 {
			s.shown.buf.Next(i + len(text))
		}
		s.shown.mu.Unlock()
		if i >= 0 {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			s.t.Fatalf("has not shown %q but:\n%s", text, s.shown.String())
		}
	}
}

func (s *session) wantCode(want int) {
	s.t.Helper()
	err := s.cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	if got := s.cmd.ProcessState.ExitCode(); got != want {
		s.t.Errorf("exit code %d, want %d; shown:\n%s", got, want, s.shown.String())
	}
}

const ctrlC, ctrlZ = "\x03", "\x1a"

// TestJobControl is docker run -it IMAGE bash: no warning, Ctrl-C ends what
// runs in the foreground and not the shell, Ctrl-Z stops it, fg brings it back.
func TestJobControl(t *testing.T) {
	t.Parallel()
	s := onTerminal(t, true, binary, "bash", "--norc", "--noprofile", "-i")
	s.await("prompt> ")
	if shown := s.shown.String(); strings.Contains(shown, "process group") || strings.Contains(shown, "job control") {
		t.Errorf("bash warns:\n%s", shown)
	}
	s.typeIn("echo go; cat\n")
	s.await("\r\ngo\r\n") // the shell has given the terminal away
	s.typeIn("here\n")
	s.await("here\r\nhere")
	s.typeIn(ctrlC)
	s.await("prompt> ")
	s.typeIn("echo code $?\n")
	s.await("code 130")
	s.typeIn("echo go; cat\n")
	s.await("\r\ngo\r\n")
	s.typeIn("again\n")
	s.await("again\r\nagain")
	s.typeIn(ctrlZ)
	s.await("Stopped")
	s.await("prompt> ")
	s.typeIn("fg\n")
	s.await("cat")
	s.typeIn("back\n")
	s.await("back\r\nback")
	s.typeIn(ctrlC)
	s.await("prompt> ")
	s.typeIn("exit 7\n")
	s.wantCode(7)
}

// TestTerminalFromTheFirstInstruction: a command that reads at once must not be
// stopped for being in the background.
func TestTerminalFromTheFirstInstruction(t *testing.T) {
	t.Parallel()
	for i := range 20 {
		s := onTerminal(t, true, binary, "head", "-n1")
		s.typeIn(fmt.Sprintf("line %d\n", i))
		s.await(fmt.Sprintf("line %d\r\nline %d", i, i))
		s.wantCode(0)
	}
}

// TestCtrlC: the command, not we, gets the terminal's signal, and gets it once.
func TestCtrlC(t *testing.T) {
	t.Parallel()
	s := onTerminal(t, true, binary, "sh", "-c", `trap 'echo interrupted' INT; echo ready; until read line; do :; done; echo "read $line"`)
	s.await("ready")
	s.typeIn(ctrlC)
	s.await("interrupted")
	s.typeIn("on\n")
	s.await("read on")
	s.wantCode(0)
	if strings.Contains(s.shown.String(), "interrupted") {
		t.Error("interrupted twice")
	}
}

// TestCtrlZAsPID1: nobody could ever say fg, so the command goes on, as it would
// if it were PID 1 itself.
func TestCtrlZAsPID1(t *testing.T) {
	t.Parallel()
	s := onTerminal(t, true, binary, "cat")
	s.typeIn("one\n")
	s.await("one\r\none")
	s.typeIn(ctrlZ)
	s.typeIn("two\n")
	s.await("two\r\ntwo")
	s.typeIn("\x04") // end of input
	s.wantCode(0)
}

// TestUnderAShell: not as PID 1 but as a job of an interactive shell, Ctrl-Z
// stops us together with the command, and fg and bg work.
func TestUnderAShell(t *testing.T) {
	t.Parallel()
	s := onTerminal(t, false, "bash", "--norc", "--noprofile", "-i")
	s.await("prompt> ")
	s.typeIn(binary + " sh -c 'echo go; exec cat'\n")
	s.await("\r\ngo\r\n")
	s.typeIn("one\n")
	s.await("one\r\none")
	s.typeIn(ctrlZ)
	s.await("Stopped")
	s.await("prompt> ")
	s.typeIn("echo still $((40+2))\n")
	s.await("still 42\r\n")
	s.await("prompt> ")
	s.typeIn("fg\n")
	s.await("cat")
	s.typeIn("two\n")
	s.await("two\r\ntwo")
	s.typeIn(ctrlC)
	s.await("prompt> ")
	s.typeIn("echo code $?\n")
	s.await("code 130")
	// The terminal is the shell's again, for a script as well.
	s.typeIn("sh -c '" + binary + " true; echo go; read x; echo got $x'\n")
	s.await("\r\ngo\r\n")
	s.typeIn("word\n")
	s.await("got word")
	s.await("prompt> ")
	s.typeIn("exit 0\n")
	s.wantCode(0)
}
