package helper

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"entrypoint/supervisor/pipe"
)

const (
	// maxOutput is how many bytes of what a process prints are read.
	maxOutput = 16 << 10
	// maxLines is how many lines of these are handed on: the last.
	maxLines = 20
)

// output is our end of the pipe that a process prints into: a descriptor that does not
// block.
type output struct{ fd int }

// open makes the pipe, and returns the end that the process inherits.
func (o *output) open() (theirs *os.File, err error) {
	if o.fd, theirs, err = pipe.ToRead(); err != nil {
		return nil, fmt.Errorf("cannot make a pipe: %w", err)
	}
	return theirs, nil
}

func (o *output) close() { _ = syscall.Close(o.fd) }

// lines are the last lines of what has been printed, without blanks around them and
// without those that are empty.
func (o *output) lines() (lines []string) {
	text := make([]byte, 0, maxOutput)
	for len(text) < maxOutput {
		n, err := syscall.Read(o.fd, text[len(text):maxOutput])
		if n <= 0 || err != nil {
			break
		}
		text = text[:len(text)+n]
	}
	for _, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines[max(0, len(lines)-maxLines):]
}
