package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// What helper/lines.c prints: lines of lineSize bytes with the newline, which
// begin again after lineCycle of them.
const (
	lineSize  = 120
	lineCycle = 8192
)

// logLine is the text of line i, without the newline.
func logLine(i int) []byte {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	n := i % lineCycle
	line := fmt.Appendf(make([]byte, 0, lineSize), "%04d ", n)
	for k := len(line); k < lineSize-1; k++ {
		line = append(line, letters[(n*31+k*17)%len(letters)])
	}
	return line
}

// seen is what came out of an init.
type seen struct {
	bytes, lines int // a line in pieces is one, but for a sink that does not look
	// right are the lines that hold line 0, line 1 and so on, whatever is around
	// the text, less those after the first that hold anything else: as many as were
	// printed when nothing is lost, doubled, cut or out of order. Before the first
	// one an init may say something of its own.
	right int
}

// message is the text in an object of format json. A line whose end was long in coming, as
// on a busy machine, is in several: all but the last are "partial".
func message(line []byte) string {
	var object struct{ Message string }
	_ = json.Unmarshal(line, &object) // what is no object has no text, and is no right line
	return object.Message
}

// inOrder reads lines and looks at each. complete is called when wanted right
// ones have come.
func inOrder(in io.Reader, wanted int, complete func()) (s seen, err error) {
	texts := make([][]byte, lineCycle)
	for i := range texts {
		texts[i] = logLine(i)
	}
	next, others := 0, 0
	var begun []byte // of a line in pieces
	for b := bufio.NewReaderSize(in, megabyte); ; {
		line, err := b.ReadSlice('\n')
		s.bytes += len(line)
		if partial := bytes.Contains(line, []byte(`"partial":true`)); partial || begun != nil {
			begun = append(begun, message(line)...)
			if partial {
				continue
			}
			line, begun = begun, nil
		}
		switch {
		case err == io.EOF && len(line) == 0:
			s.right = next - others
			return s, nil
		case err != nil && err != io.EOF:
			return s, err // a line that is longer than the buffer, too
		case err == nil && bytes.Contains(line, texts[next%lineCycle]):
			if next++; next == wanted {
				complete()
			}
		case next > 0:
			others++
		}
		s.lines++
	}
}
