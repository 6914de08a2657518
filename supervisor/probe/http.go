package probe

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/threads"
)

// maxStatusLine is how much of an answer is looked at: its first line.
const maxStatusLine = 4 << 10

// Get sends a GET request where p says; nil: the answer is 200 to 399. It blocks
// for at most limit, and belongs beside the loop.
func Get(p *config.Probe, limit time.Duration) error {
	err := get(p, limit)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return errors.New("no answer within " + limit.String())
	}
	return err
}

func get(p *config.Probe, limit time.Duration) error {
	fd, err := dial(p)
	if err != nil {
		return err
	}
	// A descriptor that does not block, in the hands of the runtime's poller: no
	// thread waits.
	f := os.NewFile(uintptr(fd), "probe")
	defer f.Close()
	if err := f.SetDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	request := "GET " + p.Request + " HTTP/1.1\r\nHost: " + p.Host + "\r\nUser-Agent: entry-point\r\nAccept: */*\r\nConnection: close\r\n\r\n"
	if _, err := threads.WriteFile(f, []byte(request)); err != nil {
		return cause(err)
	}
	var line []byte
	for buf := make([]byte, 512); len(line) < maxStatusLine; {
		n, err := threads.ReadFile(f, buf)
		line = append(line, buf[:n]...)
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			return status(strings.TrimRight(string(line[:i]), "\r"))
		}
		if err != nil {
			if len(line) == 0 && !errors.Is(err, os.ErrDeadlineExceeded) {
				return errors.New("the connection was closed without an answer")
			}
			return cause(err)
		}
	}
	return errors.New("the answer is not HTTP")
}

// cause takes the name of the file, which is none, off an error.
func cause(err error) error {
	if e := (*os.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}

// status reads a status line (RFC 9112, section 4).
func status(line string) error {
	if len(line) < len("HTTP/1.1 200") || line[:5] != "HTTP/" || line[8] != ' ' {
		return errors.New("the answer is not HTTP")
	}
	code, err := strconv.Atoi(line[9:12])
	switch {
	case err != nil:
		return errors.New("the answer is not HTTP")
	case code < 200 || code > 399:
		return errors.New("it answers " + line[9:])
	}
	return nil
}
