package supervisor

import (
	"os"
	"slices"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/container"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/shortage"
	"entrypoint/supervisor/socket"
)

// listening are the sockets that we listen on for programs: they outlive the processes
// that inherit them, so that no client is refused while a program is started again.
type listening struct {
	sockets socket.Set
	open    map[string]bool // URLs of those that people were told of; nil: there was none yet
}

// openSocket opens the socket of a program, unless it is open.
func (s *Supervisor) openSocket(c *config.Socket) (*os.File, error) {
	l := &s.inherited.listening
	file, err := l.sockets.Open(c)
	if err == nil && !l.open[c.URL] {
		if l.open == nil {
			l.open = map[string]bool{}
		}
		l.open[c.URL] = true
		s.tell(nil, time.Now(), notice.Socket{URL: c.URL, Opened: true})
	}
	return file, err
}

// keepSockets closes the listening sockets that no program has any more, or none that
// runs or will without being asked to: a client is refused then, and does not wait in
// the kernel's queue for nobody.
func (s *Supervisor) keepSockets() {
	var urls []string
	for _, u := range s.units {
		if c := u.Latest().Socket; c != nil && s.needsSocket(u) {
			urls = append(urls, c.URL)
		}
		if c := u.Config.Socket; c != nil && live(u) {
			urls = append(urls, c.URL)
		}
	}
	for url := range s.inherited.open {
		if !slices.Contains(urls, url) {
			delete(s.inherited.open, url)
			s.tell(nil, time.Now(), notice.Socket{URL: url})
		}
	}
	if s.inherited.sockets.Keep(urls) != nil { // as soon as that can be done
		time.AfterFunc(shortage.RetryTime, func() { s.post(s.keepSockets) })
	}
}

// needsSocket says whether u has a process, or gets one without being asked to.
func (s *Supervisor) needsSocket(u *unit) bool {
	return !u.AtRest() || u.Desired() == program.Up || u.Next() != nil || u.Latest().Schedule != nil ||
		s.state.Phase == container.Restarting
}
