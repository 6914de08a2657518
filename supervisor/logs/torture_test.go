package logs

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

const tortured = 8 // programs

// tape is what one program prints, again and again until it has printed size
// bytes: so whoever reads it can compare it without storing it.
type tape struct {
	name string
	text []byte
	size int
}

// newTape makes lines from 0 bytes to more than is held back, of all bytes.
func newTape(n, size int) *tape {
	random := rand.New(rand.NewPCG(uint64(n), 1))
	t := &tape{name: fmt.Sprintf("p%d", n), size: size}
	noise := make([]byte, 1<<16)
	for i := range noise {
		if noise[i] = byte(random.Uint32()); noise[i] == '\n' {
			noise[i] = 0
		}
	}
	line := func(length int) {
		for length > 0 {
			k := min(length, len(noise))
			from := random.IntN(len(noise) - k + 1)
			t.text = append(t.text, noise[from:from+k]...)
			length -= k
		}
		t.text = append(t.text, '\n')
	}
	line(maxHeld + 300_000*n/tortured)
	line(maxHeld - 1)
	for len(t.text) < 5<<20 {
		switch random.IntN(200) {
		case 0:
			line(random.IntN(200_000))
		case 1, 2, 3:
			line(random.IntN(5000))
		case 4, 5:
			line(random.IntN(2))
		default:
			line(random.IntN(200))
		}
	}
	return t
}

// at is what is printed from offset on, as far as it is in one piece.
func (t *tape) at(offset int) []byte {
	from := offset % len(t.text)
	return t.text[from:min(len(t.text), from+t.size-offset)]
}

// equal says whether b is printed at offset.
func (t *tape) equal(offset int, b []byte) bool {
	for len(b) > 0 {
		want := t.at(offset)
		n := min(len(want), len(b))
		if n == 0 || !bytes.Equal(want[:n], b[:n]) {
			return false
		}
		b, offset = b[n:], offset+n
	}
	return true
}

// print writes the tape in pieces of all sizes, without a newline at the end.
func (t *tape) print(to io.Writer) error {
	random := rand.New(rand.NewPCG(uint64(len(t.text)), 2))
	for offset := 0; offset < t.size; {
		n := 1 + random.IntN(1<<(1+random.IntN(18)))
		piece := t.at(offset)
		piece = piece[:min(n, len(piece))]
		if _, err := to.Write(piece); err != nil {
			return err
		}
		offset += len(piece)
	}
	return nil
}

// torture lets programs print size bytes together.
func (w *world) torture(size int, targets func(n int) []Target) (tapes []*tape) {
	var all sync.WaitGroup
	for n := range tortured {
		t := newTape(n, size/tortured-n)
		tapes = append(tapes, t)
		s, child := w.start(Spec{Program: t.name, Targets: targets(n)})
		all.Go(func() {
			if err := t.print(child); err != nil {
				w.t.Error(err)
			}
			child.Close()
			s.Ended(nil)
		})
	}
	w.t.Cleanup(all.Wait)
	return tapes
}

// lineReader reads lines of any length.
type lineReader struct {
	from io.Reader
	buf  []byte
	a, b int // what has been read and not returned
}

func (r *lineReader) next() ([]byte, error) {
	for scanned := 0; ; {
		if i := bytes.IndexByte(r.buf[r.a+scanned:r.b], '\n'); i >= 0 {
			line := r.buf[r.a : r.a+scanned+i]
			r.a += scanned + i + 1
			return line, nil
		}
		scanned = r.b - r.a
		if r.a > 0 && r.b == len(r.buf) {
			copy(r.buf, r.buf[r.a:r.b])
			r.a, r.b = 0, scanned
		}
		if r.b == len(r.buf) {
			r.buf = append(r.buf, make([]byte, 1<<20+len(r.buf))...)
		}
		n, err := r.from.Read(r.buf[r.b:])
		if n == 0 {
			return nil, err
		}
		r.b += n
	}
}

// TestTorturePrefix takes 1 GB through format Prefix and puts the programs'
// output together again, byte by byte.
func TestTorturePrefix(t *testing.T) {
	read, write := testPipe(t)
	w := &world{t: t, pump: NewPump(Options{Format: Prefix, Stdout: write, Log: func(s string) { t.Error(s) }})}
	tapes := w.torture(tortureSize, func(int) []Target { return toStdout })
	offsets := make([]int, len(tapes))
	inside := make([]bool, len(tapes)) // of a line that was interrupted
	left := len(tapes)
	r := &lineReader{from: read}
	for left > 0 {
		line, err := r.next()
		if err != nil {
			t.Fatal(err)
		}
		if len(line) < 5 || line[0] != 'p' || line[1] < '0' || int(line[1]-'0') >= len(tapes) {
			t.Fatalf("whose line is %.50q", line)
		}
		n, mark, body := int(line[1]-'0'), string(line[2:5]), line[5:]
		tape := tapes[n]
		if mark == goesOn && !inside[n] {
			offsets[n]-- // it was interrupted just before its newline
		} else if mark != goesOn && (mark != between || inside[n]) {
			t.Fatalf("p%d: line begins with %q, inside a line %v", n, mark, inside[n])
		}
		if !tape.equal(offsets[n], body) {
			t.Fatalf("p%d: other bytes after %d", n, offsets[n])
		}
		offsets[n] += len(body)
		rest := tape.at(offsets[n])
		inside[n] = len(rest) > 0 && rest[0] != '\n'
		if offsets[n]++; offsets[n] >= tape.size {
			left--
		} else if inside[n] {
			offsets[n]--
		}
	}
	within(t, "Drain", func() { w.pump.Drain(patience) })
	if n := r.b - r.a; n != 0 {
		t.Errorf("%d bytes too many", n)
	}
}

// TestTortureFiles takes 1 GB into files with rotation: no byte is lost, and a
// line is in one file.
func TestTortureFiles(t *testing.T) {
	dir := t.TempDir()
	const maxBytes = 10 << 20
	w := &world{t: t, pump: NewPump(Options{Log: func(s string) { t.Error(s) }})}
	var tapes []*tape
	paths := make([]string, tortured)
	t.Run("print", func(t *testing.T) {
		w.t = t
		tapes = w.torture(tortureSize, func(n int) []Target {
			paths[n] = filepath.Join(dir, fmt.Sprint("log", n))
			return []Target{{Kind: File, Path: paths[n], MaxBytes: maxBytes, Backups: 1000}}
		})
	})
	within(t, "Drain", func() { w.pump.Drain(patience) })
	for n, tape := range tapes {
		offset := 0
		for i := tortureSize / maxBytes; i >= 0; i-- {
			path := paths[n]
			if i > 0 {
				path += "." + fmt.Sprint(i)
			}
			text, err := os.ReadFile(path)
			if os.IsNotExist(err) && i > 0 {
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			if !tape.equal(offset, text) {
				t.Fatalf("%s: other bytes after %d", path, offset)
			}
			offset += len(text)
			if len(text) > maxBytes || i > 0 && text[len(text)-1] != '\n' || i > 0 && len(text) < maxBytes-2*maxHeld {
				t.Errorf("%s: %d bytes, the last is %q", path, len(text), text[len(text)-1:])
			}
		}
		if offset != tape.size {
			t.Errorf("p%d: %d bytes of %d", n, offset, tape.size)
		}
	}
}

// TestTortureJSON reads every object back.
func TestTortureJSON(t *testing.T) {
	read, write := testPipe(t)
	w := &world{t: t, pump: NewPump(Options{Format: JSON, Stdout: write, Log: func(s string) { t.Error(s) }})}
	tapes := w.torture(tortureSize>>5, func(int) []Target { return toStdout })
	offsets := make([]int, len(tapes))
	left := len(tapes)
	r := &lineReader{from: read}
	for left > 0 {
		line, err := r.next()
		if err != nil {
			t.Fatal(err)
		}
		m := decode(t, string(line))
		n := int(m.Program[1] - '0')
		if !tapes[n].equal(offsets[n], []byte(m.text)) {
			t.Fatalf("p%d: other bytes after %d", n, offsets[n])
		}
		offsets[n] += len(m.text)
		if rest := tapes[n].at(offsets[n]); m.Partial != (len(rest) > 0 && rest[0] != '\n') && len(m.text) < maxHeld {
			t.Fatalf("p%d: partial %v at %d", n, m.Partial, offsets[n])
		}
		if !m.Partial {
			if offsets[n]++; offsets[n] >= tapes[n].size {
				left--
			}
		}
	}
	within(t, "Drain", func() { w.pump.Drain(patience) })
}
