package socket

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/config/address"
)

func listenTCP(c *config.Socket, to string) (*listener, error) {
	i := strings.LastIndexByte(to, ':')
	if i < 0 {
		return nil, errors.New("the port is missing")
	}
	port, err := strconv.ParseUint(to[i+1:], 10, 16)
	if err != nil || port == 0 {
		return nil, errors.New("the port is not a number from 1 to 65535")
	}
	ip, err := resolve(to[:i], address.Hosts)
	if err != nil {
		return nil, err
	}
	// [::] takes IPv4 as well, unless the system says otherwise (net.ipv6.bindv6only).
	family, bound := ip.Sockaddr(int(port))
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == unix.EAFNOSUPPORT {
		return nil, errors.New("this system has no IPv6")
	}
	if err != nil {
		return nil, err
	}
	l := &listener{file: os.NewFile(uintptr(fd), c.URL), config: *c}
	// Connections of the last container or program that linger in TIME_WAIT do
	// not keep the port from us.
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err == nil {
		err = unix.Bind(fd, bound)
	}
	if err == nil {
		err = start(fd, c)
	}
	if err != nil {
		_ = l.file.Close()
		return nil, bindError(err, int(port))
	}
	return l, nil
}

func bindError(err error, port int) error {
	switch err {
	case unix.EADDRINUSE:
		return errors.New("port " + strconv.Itoa(port) + " is in use by another process")
	case unix.EADDRNOTAVAIL:
		return errors.New("the address is none of this container's")
	case unix.EACCES:
		return errors.New("port " + strconv.Itoa(port) + " needs root, or CAP_NET_BIND_SERVICE")
	}
	return err
}
