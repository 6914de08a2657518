package socket

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/supervisor/offload"
)

// Set is the listening sockets that are open, by their URL. The zero Set is
// empty. One goroutine owns it.
type Set struct {
	// Files is by what the Set asks file systems; nil: by itself. Everything in the
	// Set goes this way, one thing at a time.
	Files *offload.Pool

	open map[string]*listener
}

// listener is one open socket.
type listener struct {
	file   *os.File
	config config.Socket
	inode  inode // of a unix socket's file
}

// Open returns the listening socket of c. It is opened if it is not there, or if
// the file of a unix socket has been removed meanwhile; a changed owner, mode or
// backlog is applied to the socket that is there. The file belongs to the Set.
func (s *Set) Open(c *config.Socket) (*os.File, error) {
	return offload.Do(s.Files, offload.Call{Key: s.key(), What: "listen on " + c.URL, Path: strings.TrimPrefix(c.URL, "unix://")}, func() (*os.File, error) { return s.opened(c) }, nil)
}

// key is the same for all that is done with a Set.
func (s *Set) key() string { return fmt.Sprintf("sockets %p", s) }

func (s *Set) opened(c *config.Socket) (*os.File, error) {
	l := s.open[c.URL]
	if l != nil && l.lost() {
		s.closed(c.URL)
		l = nil
	}
	err := error(nil)
	if l == nil {
		l, err = listen(c)
	} else {
		err = l.change(c)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", c.URL, err)
	}
	if s.open == nil {
		s.open = map[string]*listener{}
	}
	s.open[c.URL] = l
	return l.file, nil
}

// Close closes the socket of a URL, if it is open. Processes that have inherited
// it keep theirs. The error is that this has not been done, because a file system
// does not answer.
func (s *Set) Close(url string) error {
	return s.do("close the socket "+url, func() { s.closed(url) })
}

// do has something done that cannot fail.
func (s *Set) do(what string, f func()) error {
	return s.Files.Act(offload.Call{Key: s.key(), What: what}, func() error {
		f()
		return nil
	})
}

func (s *Set) closed(url string) {
	if l := s.open[url]; l != nil {
		l.close()
		delete(s.open, url)
	}
}

// Keep closes every socket whose URL is not among these; with none, all. The error
// is that of Close.
func (s *Set) Keep(urls []string) error {
	return s.do("close sockets", func() {
		for url := range s.open {
			if !slices.Contains(urls, url) {
				s.closed(url)
			}
		}
	})
}

// listen opens the socket of c.
func listen(c *config.Socket) (*listener, error) {
	if path, ok := strings.CutPrefix(c.URL, "unix://"); ok {
		return listenUnix(c, path)
	}
	if address, ok := strings.CutPrefix(c.URL, "tcp://"); ok {
		return listenTCP(c, address)
	}
	return nil, errors.New("it is neither unix:///PATH nor tcp://HOST:PORT")
}

// start lets a bound socket listen.
func start(fd int, c *config.Socket) error {
	backlog := c.Backlog
	if backlog == 0 {
		backlog = unix.SOMAXCONN // the kernel cuts it to net.core.somaxconn
	}
	return unix.Listen(fd, backlog)
}

// change applies a changed configuration of the same URL.
func (l *listener) change(c *config.Socket) error {
	old := &l.config
	if c.Backlog != old.Backlog {
		// listen(2) on a listening socket changes its queue and nothing else.
		if err := start(int(l.file.Fd()), c); err != nil {
			return err
		}
	}
	if l.unix() && (c.Mode != old.Mode || !sameOwner(c.Owner, old.Owner)) {
		if err := l.own(c); err != nil {
			return err
		}
	}
	l.config = *c
	return nil
}

func sameOwner(a, b *config.User) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.UID == b.UID && a.GID == b.GID
}

func (l *listener) unix() bool   { return strings.HasPrefix(l.config.URL, "unix://") }
func (l *listener) path() string { return strings.TrimPrefix(l.config.URL, "unix://") }

// lost says whether the file of a unix socket is no longer the one we made.
func (l *listener) lost() bool {
	if !l.unix() {
		return false
	}
	p, err := placeOf(l.path())
	if err != nil {
		return true
	}
	defer p.dir.Close()
	return !p.holds(l.inode)
}

// own gives the file of a unix socket its changed owner and mode.
func (l *listener) own(c *config.Socket) error {
	p, err := placeOf(l.path())
	if err != nil {
		return err
	}
	defer p.dir.Close()
	_, err = p.own(c, l.inode)
	return err
}

// close removes the file of a unix socket before the socket closes, so that no
// client finds one that refuses; what another process has put there stays.
func (l *listener) close() {
	if l.unix() {
		if p, err := placeOf(l.path()); err == nil {
			if p.holds(l.inode) {
				_ = p.dir.Remove(p.name)
			}
			p.dir.Close()
		}
	}
	_ = l.file.Close()
}
