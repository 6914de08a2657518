package waitfor

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// maxMessage is how long a message may be that is read.
const maxMessage = 64 << 10

func notThe(protocol string) error { return errors.New("who answers there does not speak " + protocol) }

// postgres says who we are, and takes every answer but "cannot connect now".
func (t *Target) postgres(ctx context.Context, c net.Conn) error {
	if t.tls {
		if _, err := c.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47}); err != nil { // SSLRequest
			return err
		}
		yes := make([]byte, 1)
		if _, err := io.ReadFull(c, yes); err != nil {
			return err
		}
		if yes[0] != 'S' {
			return errors.New("it does not speak TLS, which sslmode asks for")
		}
		secure, err := t.secure(ctx, c)
		if err != nil {
			return err
		}
		c = secure
	}
	user := "postgres"
	if t.url.User.Username() != "" {
		user = t.url.User.Username()
	}
	text := "user\x00" + user + "\x00"
	if name := strings.Trim(t.url.Path, "/"); name != "" {
		text += "database\x00" + name + "\x00"
	}
	message := binary.BigEndian.AppendUint32(nil, uint32(9+len(text)))
	message = binary.BigEndian.AppendUint32(message, 3<<16) // protocol 3.0
	if _, err := c.Write(append(append(message, text...), 0)); err != nil {
		return err
	}
	return postgresAnswer(c)
}

// notYet are the errors of PostgreSQL that are over after a while.
var notYet = map[string]bool{
	"57P03": true, // cannot_connect_now: it starts, recovers or stops
	"53300": true, // too_many_connections
}

func postgresAnswer(r io.Reader) error {
	head := make([]byte, 5)
	if _, err := io.ReadFull(r, head); err != nil {
		return err
	}
	size := int(binary.BigEndian.Uint32(head[1:])) - 4
	if head[0] != 'R' && head[0] != 'E' && head[0] != 'v' || size < 0 || size > maxMessage {
		return notThe("PostgreSQL's protocol")
	}
	if head[0] != 'E' {
		return nil
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return err
	}
	code, said := "", ""
	for field := range bytes.SplitSeq(body, []byte{0}) {
		if len(field) > 0 && field[0] == 'C' {
			code = string(field[1:])
		} else if len(field) > 0 && field[0] == 'M' {
			said = string(field[1:])
		}
	}
	if notYet[code] {
		return fmt.Errorf("%.200s", said)
	}
	return nil
}

// mysql reads the greeting of the server.
func mysql(r io.Reader) error {
	head := make([]byte, 4)
	if _, err := io.ReadFull(r, head); err != nil {
		return err
	}
	size := int(head[0]) | int(head[1])<<8 | int(head[2])<<16
	if size < 1 || size > maxMessage || head[3] != 0 {
		return notThe("MySQL's protocol")
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return err
	}
	switch {
	case body[0] == 10:
		return nil
	case body[0] == 0xff && size >= 3:
		code := binary.LittleEndian.Uint16(body[1:])
		if code == 1129 || code == 1130 { // this host may not connect: it is up
			return nil
		}
		return fmt.Errorf("%.200s", body[3:])
	}
	return notThe("MySQL's protocol")
}

// redis asks for a PONG.
func redis(c io.ReadWriter) error {
	if _, err := io.WriteString(c, "*1\r\n$4\r\nPING\r\n"); err != nil {
		return err
	}
	line, err := bufio.NewReader(io.LimitReader(c, maxMessage)).ReadString('\n')
	if err != nil {
		return err
	}
	line = strings.TrimRight(line, "\r\n")
	switch word, _, _ := strings.Cut(line, " "); {
	case word == "+PONG", word == "-NOAUTH", word == "-NOPERM", word == "-DENIED":
		return nil
	case strings.HasPrefix(word, "-"):
		return fmt.Errorf("%.200s", line[1:])
	}
	return notThe("the protocol of Redis")
}

// amqp says the protocol header and takes the begin of a connection.
func amqp(c io.ReadWriter) error {
	if _, err := c.Write([]byte("AMQP\x00\x00\x09\x01")); err != nil {
		return err
	}
	frame := make([]byte, 11)
	if _, err := io.ReadFull(c, frame[:8]); err != nil {
		return err
	}
	if string(frame[:4]) == "AMQP" {
		return errors.New("it speaks another version of AMQP than 0-9-1")
	}
	if _, err := io.ReadFull(c, frame[8:]); err != nil {
		return err
	}
	// A method frame of channel 0: Connection.Start.
	if !bytes.Equal(frame[:3], []byte{1, 0, 0}) || !bytes.Equal(frame[7:], []byte{0, 10, 0, 10}) {
		return notThe("AMQP")
	}
	return nil
}
