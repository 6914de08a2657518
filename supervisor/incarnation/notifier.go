package incarnation

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"entrypoint/config"
	"entrypoint/supervisor/notify"
	"entrypoint/supervisor/pipe"
	"entrypoint/supervisor/threads"
)

// notifier is the ways by which one process itself says how it is: the socket of
// sd_notify(3), a descriptor that it writes to, and what it prints. It belongs to the
// loop.
type notifier struct {
	host Host
	name string // of the program
	says Listener

	socket *notify.Socket // nil: none
	pipe   *os.File       // our end of the descriptor; nil: none
	search *search        // nil: its output is not searched
	closed bool
	warned bool // of messages of another program's process, once
}

// openNotifier gives a process that is about to start the ways to tell us that its
// configuration wants; nil: it wants none. theirs is what the process inherits; nil:
// nothing.
func openNotifier(h Host, p *Plan) (n *notifier, theirs *os.File, err error) {
	c := p.Config
	if !tells(c.Ready.Kind) && !tells(c.Live.Kind) {
		return nil, nil, nil
	}
	n = &notifier{host: h, name: p.Name, says: p.Says}
	defer func() {
		if err != nil {
			n.close()
			n = nil
		}
	}()
	if c.Ready.Kind == config.ProbeNotify || c.Live.Kind == config.ProbeNotify {
		if err := n.listen(p); err != nil {
			return n, nil, fmt.Errorf("cannot listen for notifications: %w", err)
		}
	}
	switch c.Ready.Kind {
	case config.ProbeFD:
		if theirs, err = n.openPipe(); err != nil {
			return n, nil, fmt.Errorf("cannot make a pipe: %w", err)
		}
		p.Spec.Extra, p.Spec.ExtraFD = theirs, c.Ready.FD
	case config.ProbeLog:
		if n.search, err = openSearch(n); err != nil {
			return n, nil, fmt.Errorf("cannot search its output: %w", err)
		}
	}
	return n, theirs, nil
}

// tells says whether the process itself says what a probe of this kind wants to know.
func tells(kind config.ProbeKind) bool {
	return kind == config.ProbeNotify || kind == config.ProbeFD || kind == config.ProbeLog
}

// listen opens the socket of sd_notify(3), and tells the process its name.
func (n *notifier) listen(p *Plan) (err error) {
	uid := os.Geteuid()
	if p.Config.User != nil {
		uid = int(p.Config.User.UID)
	}
	n.socket, err = notify.Listen(uid, func(sender int, m notify.Message) {
		n.tell(func() {
			if !n.isAnother(sender) {
				n.says.Notified(m)
			}
		})
	})
	if err != nil {
		return err
	}
	p.Spec.Env = config.SetVariable(p.Spec.Env, "NOTIFY_SOCKET", n.socket.Name())
	if p.Config.Live.Kind == config.ProbeNotify {
		p.Spec.Env = config.SetVariable(p.Spec.Env, "WATCHDOG_USEC", strconv.FormatInt(p.Config.LivePeriod().Microseconds(), 10))
	}
	return nil
}

// tell lets f run in the loop, unless the notifier is closed by then. Any goroutine may
// call it.
func (n *notifier) tell(f func()) {
	n.host.Post(func() {
		if !n.closed {
			f()
		}
	})
}

// isAnother says whether the sender of a message is a process of another program, which
// may run as the same user. Of a sender that has ended nothing is known, nor of one that
// has left its process group: systemd-notify(1) has ended when its message is read.
func (n *notifier) isAnother(sender int) bool {
	group, err := syscall.Getpgid(sender)
	if err != nil {
		return false
	}
	other := n.host.ProgramOf(group) // the main process of a program is the head of its group
	if other == "" || other == n.name {
		return false
	}
	if !n.warned {
		n.warned = true
		n.host.Log(n.name, "what process "+strconv.Itoa(sender)+" of "+other+" says of it does not count")
	}
	return true
}

// openPipe makes the pipe of which the process gets the writing end, and waits for its
// first line.
func (n *notifier) openPipe() (theirs *os.File, err error) {
	ours, theirs, err := pipe.ToRead()
	if err != nil {
		return nil, err
	}
	n.pipe = os.NewFile(uintptr(ours), "pipe")
	go awaitLine(n.pipe, func() { n.tell(n.says.Wrote) })
	return theirs, nil
}

// awaitLine calls f when a line has come; its text means nothing.
func awaitLine(pipe *os.File, f func()) {
	for buf := make([]byte, 64); ; {
		n, err := threads.ReadFile(pipe, buf)
		if strings.Contains(string(buf[:n]), "\n") {
			f()
			return
		}
		if err != nil {
			return
		}
	}
}

func (n *notifier) close() {
	n.closed = true
	n.socket.Close()
	if n.pipe != nil {
		_ = n.pipe.Close() // which ends its reader
	}
	if n.search != nil {
		n.search.close()
	}
}
