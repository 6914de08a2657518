package config

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

// fastCGI asks a FastCGI server for page.php in the program's directory. It
// returns when the head is there, as web does.
func fastCGI(t *testing.T, p *Program, path string) (io.Reader, error) {
	t.Helper()
	conn, err := net.Dial(p.Ready.Network(), p.Ready.Address)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = conn.Close() })
	var params []byte
	for _, pair := range [...][2]string{
		{"SCRIPT_FILENAME", p.Directory + "/page.php"}, {"REQUEST_METHOD", "GET"}, {"REQUEST_URI", path},
	} {
		params = append(params, byte(len(pair[0])), byte(len(pair[1])))
		params = append(params, pair[0]+pair[1]...)
	}
	// BEGIN_REQUEST as a responder, the parameters and their end, and no input.
	request := record(1, []byte{0, 1, 0, 0, 0, 0, 0, 0})
	request = append(append(append(request, record(4, params)...), record(4, nil)...), record(5, nil)...)
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	out, in, err := os.Pipe() // the answer comes to its end although nobody reads it yet
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = out.Close() })
	go func() {
		if err := output(conn, in); err != nil {
			_, _ = io.WriteString(in, err.Error())
		}
		_ = in.Close()
		_ = conn.Close() // php-fpm's worker waits for that
	}()
	body := bufio.NewReader(out)
	for {
		line, err := body.ReadString('\n')
		if err != nil || strings.TrimSpace(line) == "" {
			return body, err
		}
	}
}

func record(kind byte, content []byte) []byte {
	return append([]byte{1, kind, 0, 1, byte(len(content) >> 8), byte(len(content)), 0, 0}, content...)
}

// output copies what the server prints, up to the end of the request.
func output(conn io.Reader, w io.Writer) error {
	for {
		var head [8]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return errors.New("the request was cut off: " + err.Error())
		}
		content := make([]byte, int(binary.BigEndian.Uint16(head[4:]))+int(head[6]))
		if _, err := io.ReadFull(conn, content); err != nil {
			return err
		}
		switch head[1] {
		case 6: // STDOUT
			if _, err := w.Write(content[:len(content)-int(head[6])]); err != nil {
				return err
			}
		case 3: // END_REQUEST
			return nil
		}
	}
}
