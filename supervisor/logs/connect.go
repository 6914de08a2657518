package logs

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// transmit sends one message. A connection that has become useless is made anew
// once: the daemon may have been restarted.
func (l *syslog) transmit(message []byte) error {
	fresh := l.fd < 0
	err := l.try(message)
	if err != nil && !fresh {
		err = l.try(message)
	}
	return err
}

func (l *syslog) try(message []byte) error {
	if l.fd < 0 {
		if err := l.connect(); err != nil {
			return err
		}
	}
	err := l.out(message)
	if errors.Is(err, unix.EMSGSIZE) {
		err = l.out(message[:len(message)/2]) // rather than to stand still for ever
	}
	if err != nil {
		l.disconnect()
	}
	return err
}

// out writes a message. In a stream it ends with a newline (RFC 6587, 3.4.2), or
// with a zero byte to the local daemon, as the C library does it.
func (l *syslog) out(message []byte) error {
	if l.stream {
		end := byte('\n')
		if l.network == "unix" {
			end = 0
		}
		message = append(message[:len(message):len(message)], end)
	}
	for len(message) > 0 {
		n, err := unix.SendmsgN(l.fd, message, nil, nil, unix.MSG_NOSIGNAL)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}

func (l *syslog) disconnect() {
	if l.fd >= 0 {
		unix.Close(l.fd)
		l.fd = -1
	}
}

func (l *syslog) connect() error {
	if l.network == "unix" {
		address := &unix.SockaddrUnix{Name: l.address}
		err := l.dial(unix.AF_UNIX, unix.SOCK_DGRAM, address)
		if errors.Is(err, unix.EPROTOTYPE) {
			err = l.dial(unix.AF_UNIX, unix.SOCK_STREAM, address)
		}
		return err
	}
	host, port, err := splitPort(l.address)
	if err != nil {
		return err
	}
	addresses, err := resolve(host)
	if err != nil {
		return err
	}
	kind := unix.SOCK_DGRAM
	if l.network == "tcp" {
		kind = unix.SOCK_STREAM
	}
	for _, ip := range addresses {
		family, to := ip.Sockaddr(port)
		if err = l.dial(family, kind, to); err == nil {
			return nil
		}
	}
	return err
}

// dial connects. The time limit of sending is that of connecting too (socket(7)).
func (l *syslog) dial(family, kind int, address unix.Sockaddr) error {
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	limit := unix.NsecToTimeval(sendLimit.Nanoseconds())
	if err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit); err == nil {
		err = unix.Connect(fd, address)
	}
	if err != nil {
		unix.Close(fd)
		return err
	}
	l.fd, l.stream = fd, kind == unix.SOCK_STREAM
	return nil
}

// splitPort takes HOST:PORT or [IPv6]:PORT apart.
func splitPort(address string) (host string, port int, err error) {
	i := strings.LastIndexByte(address, ':')
	if i < 0 {
		return "", 0, unix.EINVAL
	}
	host = strings.TrimSuffix(strings.TrimPrefix(address[:i], "["), "]")
	port, err = strconv.Atoi(address[i+1:])
	if err != nil || host == "" || port < 1 || port > 65535 {
		return "", 0, unix.EINVAL
	}
	return host, port, nil
}
