package ctl

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"entrypoint/supervisor/control"
)

// screen is a program on a terminal.
type screen struct {
	t    *testing.T
	cmd  *exec.Cmd
	file interface {
		Read([]byte) (int, error)
		Write([]byte) (int, error)
	}
	seen bytes.Buffer
}

func onTerminal(t *testing.T, cmd *exec.Cmd) *screen {
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 5, Cols: 40})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	// A program that hangs must not hang the test.
	timer := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() { timer.Stop() })
	return &screen{t: t, cmd: cmd, file: f}
}

// until reads to a text, or to the end for "".
func (s *screen) until(text string) {
	s.t.Helper()
	for text == "" || !strings.Contains(s.seen.String(), text) {
		var b [4096]byte
		n, err := s.file.Read(b[:])
		s.seen.Write(b[:n])
		if err != nil {
			if text != "" {
				s.t.Fatalf("%q did not come: %q", text, s.seen.String())
			}
			return
		}
	}
}

func (s *screen) press(keys string) {
	if _, err := s.file.Write([]byte(keys)); err != nil {
		s.t.Fatal(err)
	}
}

func TestTopOnTerminal(t *testing.T) {
	for _, key := range []string{"q", "\x03"} {
		socket := served(t, &world{})
		s := onTerminal(t, exec.Command(filepath.Join(program(t), "entry-point"), "ctl", "top", "-s", socket))
		s.until("\x1b[J") // the whole table is there
		s.press(key)
		s.until("")
		if err := s.cmd.Wait(); err != nil {
			t.Errorf("%q: %v", key, err)
		}
		text := s.seen.String()
		if !strings.HasPrefix(text, "\x1b[?1049h\x1b[?25l\x1b[H") || !strings.HasSuffix(text, "\x1b[?25h\x1b[?1049l") {
			t.Errorf("%q", text)
		}
		// 5 rows: the line above, the head and three of six programs.
		if n := strings.Count(text, "\x1b[K"); n != 5 {
			t.Errorf("%d lines on a screen of 5: %q", n, text)
		}
	}
}

// TestTailOnTerminal: Ctrl-C ends tail -f and not the shell.
func TestTailOnTerminal(t *testing.T) {
	socket := served(t, &world{})
	t.Setenv("ENTRYPOINT_SOCKET", socket)
	s := onTerminal(t, exec.Command(filepath.Join(program(t), "supervisorctl")))
	s.until("supervisor> ")
	s.press("tail -f cat\n")
	s.until("exit <==\r\nhello\r\n")
	s.press("\x03")
	s.until("hello\r\n\r\nsupervisor> ")
	s.press("pid\n")
	s.until("77\r\nsupervisor> ")
	s.press("exit\n")
	s.until("")
	if err := s.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestPrompt: a line can be edited, Tab completes commands and names, and the last line
// comes back.
func TestPrompt(t *testing.T) {
	socket := served(t, &world{})
	t.Setenv("ENTRYPOINT_SOCKET", socket)
	t.Setenv("TERM", "xterm")
	s := onTerminal(t, exec.Command(filepath.Join(program(t), "supervisorctl")))
	after := func(keys, want string) {
		t.Helper()
		s.seen.Reset()
		s.press(keys)
		s.until(want)
	}
	s.until("supervisor> ")
	after("pidx\x7f\r", "77\r\n") // the last character is taken back
	after("\x1b[A\r", "77\r\n")   // the line before
	after("start ca\t\r", "cat: ERROR (already started)\r\n")
	after("sto\tb:\t", "stop b:")      // two and the group: as far as they are the same
	after("\t", "b:*  b:b_00  b:b_01") // and what they are
	after("\x15shut\t\r", "down y/N? ")
	after("n\r", "supervisor> ")
	after("\x04", "\r\n") // Ctrl-D
	s.until("")
	if err := s.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestColorsOnTerminal: states have colours, and pipes have none.
func TestColorsOnTerminal(t *testing.T) {
	socket := served(t, &world{answer: func(*control.Request) []*control.Answer {
		p := programs()[0]
		return []*control.Answer{{Program: &p}}
	}})
	t.Setenv("TERM", "xterm")
	bin := filepath.Join(program(t), "entry-point")
	s := onTerminal(t, exec.Command(bin, "ctl", "status", "-s", socket))
	s.until("")
	if !strings.Contains(s.seen.String(), "\x1b[32mRUNNING\x1b[0m") {
		t.Errorf("%q", s.seen.String())
	}
	if out, err := exec.Command(bin, "ctl", "status", "-s", socket).Output(); err != nil || bytes.ContainsRune(out, 0x1b) {
		t.Errorf("%q, %v", out, err)
	}
}

func TestClip(t *testing.T) {
	for in, want := range map[string]string{
		"abcdef": "abc\x1b[0m", "abc": "abc", "äöü": "äöü", "äöüß": "äöü\x1b[0m", "\x1b[1ma\x1b[0mbcd": "\x1b[1ma\x1b[0mbc\x1b[0m",
	} {
		if got := clip(in, 3); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
