package logs

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"entrypoint/supervisor/eventually"

	"golang.org/x/sys/unix"
)

// TestBufferIsFair: however many take as much as they can, in whatever order, all
// find room, and the bound holds but for the first 4 kB of each.
func TestBufferIsFair(t *testing.T) {
	for _, holders := range []int{1, 10, 60, 1000} {
		b := NewBuffer(DefaultBuffer)
		have := make([]int, holders)
		for grew := true; grew; {
			grew = false
			for i := range have {
				if b.Take(have[i], 1<<10) {
					have[i] += 1 << 10
					grew = true
				}
			}
		}
		least, all := have[0], 0
		for _, n := range have {
			least, all = min(least, n), all+n
		}
		if int64(all) > max(DefaultBuffer, int64(holders)*ownBuffer) || b.Used() != int64(all) {
			t.Errorf("%d holders have %d bytes, %d counted", holders, all, b.Used())
		}
		if want := max(DefaultBuffer/(holders+1)-1<<10, ownBuffer); least < want {
			t.Errorf("of %d holders one has %d bytes only, want %d", holders, least, want)
		}
		for _, n := range have {
			b.Give(n)
		}
		if b.Used() != 0 {
			t.Errorf("%d bytes are left", b.Used())
		}
	}
}

// TestBufferGreedy: whoever comes after those who have taken all they could finds
// room as well.
func TestBufferGreedy(t *testing.T) {
	b := NewBuffer(DefaultBuffer)
	for i := range 100 {
		n := 0
		for b.Take(n, 1<<10) {
			n += 1 << 10
		}
		if n < ownBuffer {
			t.Fatalf("number %d gets %d bytes", i, n)
		}
	}
	if most := int64(DefaultBuffer + 100*ownBuffer); b.Used() > most {
		t.Errorf("%d bytes, want %d at most", b.Used(), most)
	}
}

// pieces collects a line with its pieces.
type pieces struct {
	t     *testing.T
	lines []string
	open  bool
	cut   int
}

func (p *pieces) begin() {}
func (p *pieces) line(text []byte, first, last bool) {
	if first == p.open {
		p.t.Fatalf("%q: the first piece: %v, of a line that has begun: %v", text, first, p.open)
	}
	if first {
		p.lines = append(p.lines, "")
	}
	if !last {
		p.cut++
	}
	p.lines[len(p.lines)-1] += string(text)
	if !last && cutRune(text) > 0 {
		p.t.Fatalf("a piece ends inside of a character: %q", text[max(0, len(text)-4):])
	}
	p.open = !last
}

// TestLinesWithoutRoom: lines for which the buffer has no room go on in pieces; all
// bytes come out in order, characters stay whole, and nothing stays taken.
func TestLinesWithoutRoom(t *testing.T) {
	b := NewBuffer(DefaultBuffer)
	b.used.Store(DefaultBuffer - 1) // others have it
	text := strings.Repeat("日本語 is wide ", 20000) + "\nshort\n\n" + strings.Repeat("x", 300_000) + "\né"
	for _, size := range []int{1000, 4095, 4096, 5000, 65536, 262144, len(text)} {
		l := lines{held: held{buffer: b}}
		got := &pieces{t: t}
		for rest := []byte(text); len(rest) > 0; {
			n := min(size, len(rest))
			l.add(rest[:n], got)
			rest = rest[n:]
			if n := cap(l.held.b); n > ownBuffer {
				t.Fatalf("reads of %d: it holds %d bytes", size, n)
			}
		}
		l.flush(got)
		if joined := strings.Join(got.lines, "\n"); joined != text {
			t.Errorf("reads of %d: %d bytes of %d, or in another order", size, len(joined), len(text))
		}
		if size < 300_000 && got.cut == 0 {
			t.Errorf("reads of %d: no line is in pieces", size)
		}
		l.held.release()
		if n := b.Used(); n != DefaultBuffer-1 {
			t.Errorf("reads of %d: %d bytes are not given back", size, n-DefaultBuffer+1)
		}
	}
}

// TestLongLinesOfMany: in the formats of lines many programs that never end one are
// held back within the buffer, and all that they print comes out.
func TestLongLinesOfMany(t *testing.T) {
	const programs, size = 50, 700_000
	for _, format := range []Format{Prefix, JSON} {
		w := newWorld(t, format)
		block := bytes.Repeat([]byte("@"), size)
		var ends []*os.File
		for i := range programs {
			_, child := w.start(Spec{Program: fmt.Sprint("p", i), Targets: toStdout})
			ends = append(ends, child)
			if _, err := child.Write(block); err != nil {
				t.Fatal(err)
			}
			if most := int64(DefaultBuffer + programs*ownBuffer); w.pump.buffer.Used() > most {
				t.Fatalf("%d bytes are held back, want %d at most", w.pump.buffer.Used(), most)
			}
		}
		out, _ := w.drained()
		for _, child := range ends {
			child.Close()
		}
		if n := strings.Count(out, "@"); n != programs*size {
			t.Errorf("%d bytes of %d", n, programs*size)
		}
		if n := w.pump.buffer.Used(); n != 0 {
			t.Errorf("%d bytes are counted at the end", n)
		}
	}
}

// TestCaptureWithoutRoom: what is captured has the buffer's bound, too, which is said.
func TestCaptureWithoutRoom(t *testing.T) {
	w := newWorld(t, Plain)
	w.pump.buffer = NewBuffer(64 << 10)
	var got []byte
	block := strings.Repeat("0123456789", 10000) + "end"
	w.print(Spec{Targets: toStdout, Capture: 1 << 20, Captured: func(b []byte) { got = bytes.Clone(b) }},
		beginTag, block[:50000], block[50000:], endTag, "after\n")
	out, _ := w.drained()
	if len(got) < 16<<10 || len(got) > 64<<10 || !strings.HasSuffix(block, string(got)) || out != "after\n" {
		t.Errorf("captured %d bytes, its end %v; printed %q", len(got), strings.HasSuffix(block, string(got)), out)
	}
	if c := w.complained(); strings.Count(c, "web: what it prints on stdout between capture tags has no room in log_buffer; only its end is kept") != 1 {
		t.Errorf("complained %q", c)
	}
}

// TestTailsShare: many streams keep less of each, together half of the buffer, and
// what each keeps is its last.
func TestTailsShare(t *testing.T) {
	w := newWorld(t, Prefix)
	w.pump.shared.whole = 16 << 10
	const streams = 600
	text := func(i int) string { return fmt.Sprintf("%d:%s end of %d\n", i, strings.Repeat("x", 30_000), i) }
	for i := range streams {
		w.pump.mu.Lock()
		ring := w.pump.recentOf(fmt.Sprint("p", i), "stdout")
		w.pump.mu.Unlock()
		for rest := []byte(text(i)); len(rest) > 0; rest = rest[min(len(rest), 777):] {
			ring.Add(rest[:min(len(rest), 777)])
		}
		if i == 0 {
			if last, total, _ := w.pump.Tail("p0", "stdout"); len(last) != 16<<10 || total != int64(len(text(0))) || !strings.HasSuffix(text(0), string(last)) {
				t.Errorf("alone it keeps %d bytes of %d", len(last), total)
			}
		}
		if w.pump.buffer.Used() > DefaultBuffer/2 {
			t.Fatalf("%d tails have %d bytes", i+1, w.pump.buffer.Used())
		}
	}
	for i := range streams {
		last, _, ok := w.pump.Tail(fmt.Sprint("p", i), "stdout")
		if !ok || len(last) != 2<<10 || !strings.HasSuffix(text(i), string(last)) {
			t.Fatalf("p%d keeps %d bytes, its last %v", i, len(last), strings.HasSuffix(text(i), string(last)))
		}
	}
	w.drained()
}

// blocked is a world whose container's stdout nobody reads and is full, with a
// program that waits for it.
func blocked(t *testing.T) (w *world, read *os.File) {
	read, write := testPipe(t)
	errRead, errWrite := testPipe(t)
	w = &world{t: t, err: readAll(errRead)}
	w.err.write = errWrite
	w.pump = NewPump(Options{Format: Prefix, Stdout: write, Stderr: errWrite, Log: w.complain, Tail: 1 << 14})
	w.out = &reader{write: write}
	w.pump.out.grown = true // once full, it stays full
	_, child := w.start(Spec{Program: "first", Targets: toStdout})
	go func() { // two megabytes, which the pipes do not take
		_, _ = child.WriteString(strings.Repeat("first\n", 350_000))
		child.Close()
	}()
	eventually.So(t, "a worker that waits", func() bool {
		full := []unix.PollFd{{Fd: int32(write.Fd()), Events: unix.POLLOUT}}
		n, err := unix.Poll(full, 0)
		if err != nil || n != 0 {
			return false
		}
		writing := !w.pump.out.mu.TryLock()
		if !writing {
			w.pump.out.mu.Unlock()
		}
		return writing
	}, nil)
	return w, read
}

// TestEndedWithoutAReader: while nobody reads, ended processes keep a bounded number
// of pipes for each program; of further ones the last words are kept for the verdict,
// and how much was lost is said.
func TestEndedWithoutAReader(t *testing.T) {
	w, read := blocked(t)
	const crashes = 100
	before := openFiles(t)
	for i := range crashes {
		s, child := w.start(Spec{Program: "crash", Targets: toStdout})
		fmt.Fprintf(child, "crash %d\n", i)
		child.Close()
		done := make(chan struct{})
		s.Ended(func() { close(done) })
		if i >= maxEnded {
			within(t, "the end of one that nobody waits for", func() { <-done })
			if got, want := string(s.Last()), fmt.Sprintf("crash %d\n", i); got != want {
				t.Fatalf("last words %q, want %q", got, want)
			}
		}
	}
	// And one in which the worker waits for the reader, if it was about to.
	if n := openFiles(t) - before; n > maxEnded+1 {
		t.Errorf("%d more descriptors are open, want %d at most", n, maxEnded+1)
	}
	w.out = &reader{write: w.out.write, done: make(chan struct{})}
	got := readAll(read)
	got.write = w.out.write
	w.out = got
	w.out.until(t, fmt.Sprintf("crash %d\n", maxEnded-1))
	eventually.So(t, "word of the loss", func() bool { return strings.Contains(w.complained(), "lost") }, nil)
	out, _ := w.drained()
	if n := strings.Count(out, "| crash"); n != maxEnded {
		t.Errorf("%d processes were written, want %d", n, maxEnded)
	}
	lost := 0
	for i := maxEnded; i < crashes; i++ {
		lost += len(fmt.Sprintf("crash %d\n", i))
	}
	want := "crash: nobody reads the container's stdout: until somebody does, what is left in the pipe of a process that ends is dropped\n" +
		fmt.Sprintf("crash: lost %d bytes that %d ended processes had printed on stdout, because nobody read the container's stdout", lost, crashes-maxEnded)
	if c := w.complained(); c != want {
		t.Errorf("complained\n%s\nwant\n%s", c, want)
	}
}

// TestGrandchildrenKeepPipes: of what ended processes have left behind with their pipes, a bounded
// number is read for each program.
func TestGrandchildrenKeepPipes(t *testing.T) {
	w := newWorld(t, Prefix)
	before := openFiles(t)
	var children []*os.File
	for range 3 * maxEnded {
		s, child := w.start(Spec{Targets: toStdout})
		children = append(children, child)
		done := make(chan struct{})
		s.Ended(func() { close(done) })
		within(t, "the end", func() { <-done })
	}
	if n := openFiles(t) - before - len(children); n > maxEnded+2 { // the worker has one as well
		t.Errorf("%d descriptors of ours are open", n)
	}
	for i, child := range children {
		_, err := child.WriteString("line\n")
		if read := i >= len(children)-maxEnded; (err == nil) != read {
			t.Errorf("number %d: %v", i, err)
		}
		child.Close()
	}
	out, _ := w.drained()
	if n := strings.Count(out, "web | line\n"); n != maxEnded {
		t.Errorf("%d lines", n)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
