package logs

import (
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/logline"
)

func testPipe(t *testing.T) (read, write *os.File) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close(); write.Close() })
	return read, write
}

func TestLines(t *testing.T) {
	read, write := testPipe(t)
	l := New(int(write.Fd()), "me: ")
	l.Flush(time.Second) // nothing yet, and nothing lost by it
	l.Print("one")
	l.Print("a\x1b[31mred\x07\ttab \x7f\r\nend \xff é")
	l.Write([]byte("raw\x1b\n"))
	l.Flush(time.Second)
	write.Close()
	got, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	want := "me: one\nme: a\\x1b[31mred\\x07\ttab \\x7f\\x0d\\x0aend \\xff é\nraw\x1b\n"
	if string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestNobodyReads: Print and Flush come back although the pipe is full, and when
// somebody reads again he is told how much he missed.
func TestNobodyReads(t *testing.T) {
	read, write := testPipe(t)
	l := New(int(write.Fd()), "")
	line := strings.Repeat("x", 1000)
	const lines = 3 * backlog / 1000
	for range lines {
		l.Print(line)
	}
	begin := time.Now()
	l.Flush(20 * time.Millisecond)
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("Flush took %v", took)
	}
	// Reading makes room; one more line brings the count.
	got := make(chan string)
	go func() {
		all, _ := io.ReadAll(read)
		got <- string(all)
	}()
	l.Flush(5 * time.Second)
	l.Print("last")
	l.Flush(5 * time.Second)
	write.Close()
	text := <-got
	whole := strings.Count(text, line+"\n")
	if !strings.Contains(text, "lines: nobody was reading)") || !strings.HasSuffix(text, "last\n") || whole >= lines {
		t.Errorf("read %d of %d lines, ending in %q", whole, lines, text[max(0, len(text)-100):])
	}
}

// TestClosed: a reader that is gone is no reason to end, and a descriptor that
// someone made non-blocking loses nothing.
func TestClosed(t *testing.T) {
	read, write := testPipe(t)
	read.Close()
	l := New(int(write.Fd()), "")
	l.Print("into the void")
	l.Flush(time.Second)

	read, write = testPipe(t)
	if err := syscall.SetNonblock(int(write.Fd()), true); err != nil {
		t.Fatal(err)
	}
	l = New(int(write.Fd()), "")
	const lines = 200
	go func() {
		for range lines {
			l.Print(strings.Repeat("y", 1000))
		}
		l.Flush(5 * time.Second)
		write.Close()
	}()
	all, err := io.ReadAll(read)
	if err != nil || len(all) != lines*1001 {
		t.Errorf("read %d bytes, %v", len(all), err)
	}
}

// TestStyles: the same lines as text, with the time and as objects, ours and those that
// somebody else has printed in pieces.
func TestStyles(t *testing.T) {
	const stamp = `20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z`
	for _, tt := range []struct {
		style logline.Style
		want  string
	}{
		{logline.Style{}, "me: one <\\x1b>\nyou: two\nyou: three\n"},
		{logline.Style{Times: true}, "STAMP me: one <\\x1b>\nSTAMP you: two\nSTAMP you: three\n"},
		{
			logline.Style{JSON: true, Times: true},
			`{"time":"STAMP","program":"entry-point","stream":"stderr","pid":PID,"message":"one <\\x1b>","verdict":{"exit_code":3}}` + "\n" +
				`{"time":"STAMP","program":"you","stream":"stderr","message":"two"}` + "\n" + `{"time":"STAMP","program":"you","stream":"stderr","message":"three"}` + "\n",
		},
	} {
		read, write := testPipe(t)
		l := New(int(write.Fd()), "me: ")
		l.SetStyle(tt.style)
		l.Tell("one <\x1b>", map[string]int{"exit_code": 3})
		out, wait, err := l.Pipe("you")
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"you: t", "wo\r\nth", "ree"} {
			if _, err := out.WriteString(text); err != nil {
				t.Fatal(err)
			}
		}
		out.Close()
		wait(5 * time.Second)
		l.Flush(5 * time.Second)
		write.Close()
		got, err := io.ReadAll(read)
		if err != nil {
			t.Fatal(err)
		}
		text := regexp.MustCompile(stamp).ReplaceAllString(string(got), "STAMP")
		if want := strings.ReplaceAll(tt.want, "PID", strconv.Itoa(os.Getpid())); text != want {
			t.Errorf("%+v: got\n%swant\n%s", tt.style, text, want)
		}
	}
}
