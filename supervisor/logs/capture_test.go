package logs

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// captureWhole is what capture does, for a text that is known as a whole.
func captureWhole(text string) (log string, captured []string) {
	for {
		before, rest, found := strings.Cut(text, beginTag)
		log += before
		if !found {
			return log, captured
		}
		inside, after, found := strings.Cut(rest, endTag)
		if !found {
			return log + beginTag + rest, captured
		}
		captured = append(captured, inside)
		text = after
	}
}

// run gives text to a capture in pieces that end at cuts.
func captureCut(text string, limit int64, cuts ...int) (log string, captured []string) {
	c := &capture{limit: limit, held: held{buffer: NewBuffer(DefaultBuffer)}}
	c.log = func(b []byte) { log += string(b) }
	c.captured = func(b []byte) { captured = append(captured, string(b)) }
	from := 0
	for _, to := range append(cuts, len(text)) {
		c.split([]byte(text[from:to]))
		from = to
	}
	c.flush(true)
	return log, captured
}

func TestCaptureSplitEverywhere(t *testing.T) {
	for _, text := range []string{
		"a" + beginTag + "b" + endTag + "c",
		beginTag + endTag + beginTag + "x" + endTag,
		"<!--XSUPERVISOR:BEG" + beginTag + "<!--XSUPERVISOR:E" + endTag + "<!--XSUPERVISOR:",
		"<<" + beginTag + "<<!--" + beginTag + endTag + endTag,
		"never ends " + beginTag + " half <!--X",
	} {
		wantLog, want := captureWhole(text)
		for i := range len(text) {
			for j := i; j <= len(text); j++ {
				log, got := captureCut(text, 1000, i, j)
				if log != wantLog || strings.Join(got, "|") != strings.Join(want, "|") || len(got) != len(want) {
					t.Fatalf("%q cut at %d and %d: log %q, captured %q, want %q, %q", text, i, j, log, got, wantLog, want)
				}
			}
		}
	}
}

func TestCaptureLimit(t *testing.T) {
	log, got := captureCut("x"+beginTag+"123456789"+endTag+"y", 4, 27, 30)
	if log != "xy" || len(got) != 1 || got[0] != "6789" {
		t.Errorf("log %q, captured %q", log, got)
	}
	if log, _ = captureCut(beginTag+"123456789", 4, 30); log != "6789" {
		t.Errorf("unfinished: log %q", log)
	}
}

func FuzzCapture(f *testing.F) {
	f.Add("a"+beginTag+"b"+endTag+"c", 3, 30)
	f.Add(beginTag+beginTag, 1, 2)
	f.Fuzz(func(t *testing.T, text string, i, j int) {
		if i < 0 || j < i || j > len(text) {
			return
		}
		wantLog, want := captureWhole(text)
		log, got := captureCut(text, 1<<20, i, j)
		if log != wantLog || strings.Join(got, "|") != strings.Join(want, "|") || len(got) != len(want) {
			t.Errorf("%q cut at %d and %d: log %q, captured %q, want %q, %q", text, i, j, log, got, wantLog, want)
		}
	})
}

// TestCaptureStream: nothing is lost at the end, and what is captured is in no
// log and no chunk.
func TestCaptureStream(t *testing.T) {
	w := newWorld(t, Prefix)
	var captured, chunks []byte
	w.print(Spec{
		Targets: toStdout, StripANSI: true, Capture: 100,
		Captured: func(b []byte) { captured = append(captured, b...) },
		Chunk:    func(b []byte) { chunks = append(chunks, b...) },
	}, "a\n<!--XSUPER", "VISOR:BEGIN-->secret\x1b[1m", "<!--XSUPERVISOR:END-->b\x1b", "[0m<!--XSUPERV")
	out, _ := w.drained()
	if out != "web | a\nweb | b<!--XSUPERV\n" || string(captured) != "secret" || string(chunks) != "a\nb<!--XSUPERV" {
		t.Errorf("got %q, captured %q, chunks %q", out, captured, chunks)
	}
}

func FuzzStrip(f *testing.F) {
	// Whole or broken off, in one pass: what is left and right of a sequence is
	// not to become one.
	sequence := regexp.MustCompile(`(?s)\x1b\[[\x20-\x3f]*[\x40-\x7e]?`)
	f.Add([]byte("\x1b[1;31mred\x1b[0m\x1b[2Jx\x1b[6ny\x1b"), 3)
	f.Add([]byte("\x1b\x1b[m[1m\x1bc\x1b["), 1)
	f.Add([]byte("\x1b[1\n\x1b[1\x1b[m"), 4)
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		if cut < 0 || cut > len(text) {
			return
		}
		var s strip
		var got []byte
		for _, part := range [][]byte{bytes.Clone(text[:cut]), bytes.Clone(text[cut:])} {
			if s.pending(part) {
				got = append(got, escape)
			}
			got = append(got, s.filter(part)...)
		}
		if s.end() {
			got = append(got, escape)
		}
		want := latin(sequence.ReplaceAllString(unlatin(text), ""))
		if !bytes.Equal(got, want) {
			t.Errorf("%q cut at %d: got %q, want %q", text, cut, got, want)
		}
	})
}

// unlatin makes a character of each byte, which is what package regexp reads.
func unlatin(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		out.WriteRune(rune(c))
	}
	return out.String()
}

func latin(s string) (out []byte) {
	for _, r := range s {
		out = append(out, byte(r))
	}
	return out
}
