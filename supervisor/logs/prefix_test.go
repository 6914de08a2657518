package logs

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"entrypoint/supervisor/eventually"

	"github.com/creack/pty"
)

func TestPrefix(t *testing.T) {
	w := newWorld(t, Prefix)
	w.pump.Known("longer:name_00")
	w.pump.Known(strings.Repeat("n", 1000)) // too long to make the column so wide
	w.pump.width.Store(14)
	w.print(Spec{Targets: toStdout}, "one\n\ntwo", " and more\n", "\x00\xff \r\nend")
	w.out.until(t, "end\n")
	w.print(Spec{Program: "longer:name_00", Targets: toStdout}, "x\n")
	out, _ := w.drained()
	want := "web            | one\nweb            | \nweb            | two and more\nweb            | \x00\xff \r\nweb            | end\nlonger:name_00 | x\n"
	if out != want {
		t.Errorf("got\n%q, want\n%q", out, want)
	}
}

func TestWidth(t *testing.T) {
	p := NewPump(Options{Format: Prefix})
	for _, c := range []struct {
		name string
		want int32
	}{{"web", 3}, {"é", 3}, {"日本日本", 4}, {strings.Repeat("x", 100), maxWidth}} {
		if p.Known(c.name); p.width.Load() != c.want {
			t.Errorf("%s: width %d, want %d", c.name, p.width.Load(), c.want)
		}
	}
}

// TestLongLine: a line that is longer than what is held back goes on without a
// second prefix, unless another program has printed in between.
func TestLongLine(t *testing.T) {
	w := newWorld(t, Prefix)
	a, aEnd := w.start(Spec{Program: "a", Targets: toStdout})
	long := strings.Repeat("é", maxHeld/2)
	fmt.Fprint(aEnd, "x"+long)
	w.out.until(t, "a | x")
	fmt.Fprint(aEnd, long+long)
	_, bEnd := w.start(Spec{Program: "b", Targets: toStdout})
	eventually.So(t, "the second piece", func() bool { w.out.mu.Lock(); defer w.out.mu.Unlock(); return w.out.buf.Len() > 2*maxHeld }, nil)
	fmt.Fprint(bEnd, "other\n")
	w.out.until(t, "b | other\n")
	fmt.Fprint(aEnd, "end\nnext\n")
	aEnd.Close()
	a.Ended(nil)
	w.out.until(t, "next\n")
	bEnd.Close()
	out, _ := w.drained()
	var lines []string
	for line := range strings.Lines(out) {
		lines = append(lines, line[:4])
	}
	if got := strings.Join(lines, ","); got != "a | ,b | ,a > ,a | " {
		t.Errorf("lines begin with %q", got)
	}
	text := strings.NewReplacer("\nb | other\na > ", "", "a | ", "").Replace(out)
	if want := "x" + long + long + long + "end\nnext\n"; text != want {
		t.Errorf("%d bytes, want %d", len(text), len(want))
	}
}

// TestNoNewline: a program that never writes a newline loses nothing and costs
// no more than what is held back.
func TestNoNewline(t *testing.T) {
	w := newWorld(t, Prefix)
	s, child := w.start(Spec{Targets: toStdout})
	block := bytes.Repeat([]byte("0123456789"), 10000)
	for range 100 {
		if _, err := child.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	child.Close()
	s.Ended(nil)
	out, _ := w.drained()
	if want := "web | " + strings.Repeat(string(block), 100) + "\n"; out != want {
		t.Errorf("%d bytes, want %d", len(out), len(want))
	}
	l := lines{held: held{buffer: NewBuffer(DefaultBuffer)}}
	for range 100 {
		l.add(block, &collect{lines: []string{""}})
		if n := cap(l.held.b); n > 2*maxHeld {
			t.Fatalf("held back %d bytes", n)
		}
	}
}

// TestColours: on a terminal only, and not against the user's wish.
func TestColours(t *testing.T) {
	for _, c := range []struct{ env, a, b string }{
		{"", "\x1b[36ma | \x1b[0m", "\x1b[33mb | \x1b[0m"},
		{"1", "a | ", "b | "},
	} {
		t.Setenv("NO_COLOR", c.env)
		master, terminal, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		p := NewPump(Options{Format: Prefix, Stdout: terminal, Stderr: terminal})
		if p.out != p.err {
			t.Error("two writers to one terminal")
		}
		w := &world{t: t, pump: p}
		got := readAll(master)
		w.print(Spec{Program: "a", Targets: toStdout}, "one\n")
		got.until(t, c.a+"one\r\n")
		w.print(Spec{Program: "b", Targets: []Target{{Kind: Stderr}}}, "two\n")
		got.until(t, c.b+"two\r\n")
		w.print(Spec{Program: "a", Targets: toStdout}, "three\n")
		got.until(t, c.a+"three\r\n")
		p.Drain(patience)
		terminal.Close()
		master.Close()
	}
	read, write := testPipe(t)
	defer read.Close()
	t.Setenv("NO_COLOR", "")
	if NewPump(Options{Stdout: write}).out.look() {
		t.Error("colours on a pipe")
	}
}

// FuzzLines: however a text is cut into reads, its lines are the same.
func FuzzLines(f *testing.F) {
	f.Add([]byte("one\ntwo\n\nthree"), uint64(3))
	f.Add([]byte("\n\n\n"), uint64(1))
	f.Add([]byte("é日本\xff"), uint64(2))
	f.Fuzz(func(t *testing.T, text []byte, cuts uint64) {
		l := lines{held: held{buffer: NewBuffer(DefaultBuffer)}}
		got := &collect{}
		for rest := text; len(rest) > 0; {
			n := min(len(rest), 1+int(cuts%7))
			cuts = cuts>>3 | cuts<<61
			l.add(rest[:n], got)
			rest = rest[n:]
		}
		if !l.empty() {
			l.flush(got)
		}
		var want []string
		for line := range bytes.Lines(text) {
			want = append(want, string(bytes.TrimSuffix(line, []byte("\n"))))
		}
		if fmt.Sprintf("%q", got.lines) != fmt.Sprintf("%q", want) {
			t.Errorf("got %q, want %q", got.lines, want)
		}
	})
}

type collect struct{ lines []string }

func (c *collect) begin() {}
func (c *collect) line(text []byte, first, last bool) {
	if !first {
		n := len(c.lines) - 1
		c.lines[n] += string(text)
		return
	}
	c.lines = append(c.lines, string(text))
}

func TestLastNewline(t *testing.T) {
	for _, size := range []int{0, 1, 1023, 1024, 1025, 5000} {
		for at := -1; at < size; at += 1 + size/50 {
			b := bytes.Repeat([]byte("x"), size)
			if at >= 0 {
				b[0], b[at] = '\n', '\n'
			}
			if got, want := lastNewline(b), bytes.LastIndexByte(b, '\n'); got != want {
				t.Errorf("size %d: got %d, want %d", size, got, want)
			}
		}
	}
}
