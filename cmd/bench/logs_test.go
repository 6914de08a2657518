package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"entrypoint/supervisor/skip"
)

func TestInOrder(t *testing.T) {
	const count = lineCycle + 10
	print := func(change func(i int, line string) string) string {
		var text strings.Builder
		for i := range count {
			text.WriteString(change(i, string(logLine(i))+"\n"))
		}
		return text.String()
	}
	same := func(_ int, line string) string { return line }
	for _, c := range []struct {
		name, text string
		wrong      bool
		pieces     int // that are no lines
	}{
		{name: "as printed", text: print(same)},
		{name: "prefix", text: print(func(_ int, line string) string { return "lines | " + line })},
		{name: "json", text: print(func(i int, line string) string { return fmt.Sprintf(`{"n":%d,"m":%q}`+"\n", i, line) })},
		{name: "json, in pieces", pieces: 2, text: print(func(i int, line string) string {
			pieces := fmt.Sprintf(`{"partial":true,"message":%q}`+"\n"+`{"partial":true,"message":%q}`+"\n"+`{"message":%q}`+"\n", line[:7], line[7:60], strings.TrimSuffix(line[60:], "\n"))
			return map[bool]string{true: pieces, false: fmt.Sprintf(`{"message":%q}`+"\n", line)}[i == 4321]
		})},
		{name: "after a greeting", text: "hello\n" + print(same)},
		{name: "nothing", wrong: true},
		{name: "one lost", wrong: true, text: print(func(i int, line string) string { return line[min(i/7%2*lineSize, i):] })},
		{name: "last lost", wrong: true, text: strings.TrimSuffix(print(same), string(logLine(count-1))+"\n")},
		{name: "last newline lost", wrong: true, text: strings.TrimSuffix(print(same), "\n")},
		{name: "one doubled", wrong: true, text: print(func(i int, line string) string { return strings.Repeat(line, 1+i/5000%2) })},
		{name: "one cut", wrong: true, text: print(func(i int, line string) string { return line[max(0, i-lineCycle):] })},
		{name: "one changed", wrong: true, text: strings.Replace(print(same), string(logLine(77)), strings.ToLower(string(logLine(77))), 1)},
		{name: "two exchanged", wrong: true, text: print(func(i int, line string) string { return string(logLine(i^1)) + "\n" })},
		{name: "something between", wrong: true, text: print(func(i int, line string) string { return line + strings.Repeat("x\n", i/8000%2) })},
	} {
		t.Run(c.name, func(t *testing.T) {
			completed := false
			s, err := inOrder(iotest.HalfReader(strings.NewReader(c.text)), count, func() { completed = true })
			if err != nil {
				t.Fatal(err)
			}
			if (s.right != count) != c.wrong {
				t.Errorf("%d of %d right", s.right, count)
			}
			if !c.wrong && !completed {
				t.Error("not told when all were there")
			}
			if s.bytes != len(c.text) || s.lines != strings.Count(c.text, "\n")-c.pieces && c.name != "last newline lost" {
				t.Errorf("%+v of %d bytes", s, len(c.text))
			}
		})
	}
}

// TestSinks: both sinks see what the helper prints, and the helper prints what
// logLine says.
func TestSinks(t *testing.T) {
	_, err := exec.LookPath("gcc")
	skip.Unless(t, err == nil, "gcc")
	r, err := newRig(os.Args[0], scale{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	for _, look := range []bool{false, true} {
		w, err := r.newPrinter(3 << 20)
		if err != nil {
			t.Fatal(err)
		}
		defer w.reports.Close()
		in, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		s, err := w.sink(in, w.count, look)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		lines := exec.Command(w.command()[0], w.command()[1:]...)
		lines.Stdout = out
		if err := lines.Start(); err != nil {
			t.Fatal(err)
		}
		out.Close()
		began, err := w.reports.next(time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if at, err := s.arrived(); err != nil || at <= began {
			t.Errorf("look %v: complete at %d, began at %d, %v", look, at, began, err)
		}
		_ = lines.Process.Kill()
		_ = lines.Wait()
		want := seen{bytes: w.size(), lines: w.count}
		if look {
			want.right = w.count
		}
		if got, err := s.seen(); err != nil || got != want {
			t.Errorf("look %v: seen %+v, want %+v, %v", look, got, want, err)
		}
	}
	if !bytes.Equal(logLine(7), logLine(7+lineCycle)) || bytes.Equal(logLine(7), logLine(8)) {
		t.Error("lines begin again after lineCycle, and not before")
	}
}
