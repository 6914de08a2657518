package config

import (
	"path/filepath"
	"reflect"
	"strings"

	"entrypoint/config/vocabulary"
)

// socketKeys are those of the listening socket that a program inherits. The table is
// never written.
var socketKeys = []programKey{
	{row{
		Name: "socket", Type: vocabulary.Text,
		Help: "A listening socket that entry-point opens and the program inherits: `tcp://HOST:PORT` or `unix:///PATH`. It stays open while the program restarts, so no connection is refused. " +
			"A program finds it by LISTEN_FDS (descriptor 3), an [fcgi-program:x] as its standard input.",
		Example: "socket = tcp://127.0.0.1:8000",
	}, inProgram | inFCGI, forAll, setSocket},
	{row{
		Name: "socket_owner", Type: vocabulary.Text, Default: "(the program's user)",
		Help:    "The user, or `USER:GROUP`, whom the file of a unix socket belongs to.",
		Example: "socket = unix:///run/app.sock\nsocket_owner = root:root",
	}, inProgram | inFCGI, forAll, setSocketOwner},
	{row{
		Name: "socket_mode", Type: vocabulary.Octal, Default: "0700",
		Help:    "The permissions of the file of a unix socket.",
		Example: "socket = unix:///run/app.sock\nsocket_mode = 0770",
	}, inProgram | inFCGI, forAll, setSocketMode},
	{row{
		Name: "socket_backlog", Type: vocabulary.Integer, Default: "(the most that the system allows)",
		Help:    "How many connections may wait until the program takes them.",
		Example: "socket = tcp://127.0.0.1:8000\nsocket_backlog = 128",
	}, inProgram | inFCGI, forAll, setSocketBacklog},
}

// sharedSocket is a socket, and the section that named it first.
type sharedSocket struct {
	*Socket
	at setting
}

func setSocket(b *build, _ setting, t *text) (err error) {
	b.socket.URL, err = parseSocket(t.s)
	return err
}

func setSocketOwner(b *build, _ setting, t *text) (err error) {
	b.socket.Owner, err = b.me.owner(t.s, &b.accounts)
	return err
}

func setSocketMode(b *build, _ setting, t *text) (err error) {
	b.socket.Mode, err = parseOctal(t.s)
	return err
}

func setSocketBacklog(b *build, _ setting, t *text) (err error) {
	b.socket.Backlog, err = parseInt(t.s, 1, 65535)
	return err
}

// completeSocket finds the one socket that all programs with its URL share.
func (b *build) completeSocket() {
	at, ok := b.lookup("socket")
	s := b.socket
	for _, name := range [...]string{"socket_owner", "socket_mode", "socket_backlog"} {
		k, set := b.lookup(name)
		switch {
		case !set:
		case !ok:
			b.warn(k, "it has no effect without socket")
		case strings.HasPrefix(s.URL, "tcp:") && name != "socket_backlog":
			b.fail(k, "only a unix socket has that")
		}
	}
	if b.failed || !ok {
		return
	}
	if u := b.p.User; u != nil && !b.explicit("socket_owner") && strings.HasPrefix(s.URL, "unix:") {
		s.Owner = &User{Name: u.Name, UID: u.UID, GID: u.GID}
	}
	if strings.HasPrefix(s.URL, "tcp:") {
		s.Mode = 0
	}
	shared := b.sockets[s.URL]
	if shared == nil {
		shared = &sharedSocket{&s, at}
		b.sockets[s.URL] = shared
	}
	if !reflect.DeepEqual(*shared.Socket, s) {
		b.fail(at, "the socket ", s.URL, " has other settings in [", shared.at.section, "] at ", place(shared.at.File, shared.at.Line))
	}
	b.p.Socket = shared.Socket
}

// parseSocket reads unix:///PATH or tcp://HOST:PORT, and makes the host numeric.
func parseSocket(s string) (string, error) {
	s = strings.TrimSpace(s)
	if path, ok := strings.CutPrefix(s, "unix://"); ok && filepath.IsAbs(path) && filepath.Clean(path) != "/" {
		return "unix://" + filepath.Clean(path), nil
	}
	address, ok := strings.CutPrefix(strings.ToLower(s), "tcp://")
	i := strings.LastIndexByte(address, ':')
	if !ok || i < 1 {
		return "", invalid(s, "is neither unix:///PATH nor tcp://HOST:PORT")
	}
	host := address[:i]
	switch host {
	case "*":
		host = "0.0.0.0"
	case "localhost":
		host = "127.0.0.1"
	}
	probe := host
	if host == "[::]" {
		probe = "[::1]"
	}
	if _, port := (&Probe{Kind: ProbeTCP, Address: probe + address[i:]}).TCP(); port == 0 {
		return "", invalid(s, "is not tcp://HOST:PORT with a numeric address or localhost, such as tcp://127.0.0.1:9000")
	}
	return "tcp://" + host + address[i:], nil
}
