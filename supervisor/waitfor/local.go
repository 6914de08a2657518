package waitfor

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
)

// Local asks another process for what this one may not reach: whether a file is
// there, and for connections to unix sockets. That process, Serve, has entry-point's
// rights and reads nothing but our questions; we read what servers answer, and have
// no rights. Any goroutine may use it.
type Local struct {
	socket *net.UnixConn

	mu      sync.Mutex
	answers map[int]chan answer // by target, for those that were asked for
}

// question asks for a target by its place in the list, which both processes have: so
// nothing else can be asked for.
type question struct {
	Target int `json:"target"`
}

// answer carries the connection to a unix socket (SCM_RIGHTS).
type answer struct {
	Target int           `json:"target"`
	Errno  syscall.Errno `json:"errno"` // 0: it is there

	file *os.File
}

// maxWords is more than a question or an answer has.
const maxWords = 256

// OpenLocal takes the end of a pair of sockets (SOCK_SEQPACKET), whose other end
// Serve has.
func OpenLocal(fd int) (*Local, error) {
	socket, err := open(fd)
	if err != nil {
		return nil, err
	}
	l := &Local{socket: socket, answers: map[int]chan answer{}}
	go l.read()
	return l, nil
}

func open(fd int) (*net.UnixConn, error) {
	file := os.NewFile(uintptr(fd), "local")
	c, err := net.FileConn(file)
	_ = file.Close() // the connection has its own descriptor
	if err != nil {
		return nil, err
	}
	socket, ok := c.(*net.UnixConn)
	if !ok {
		return nil, errors.New("descriptor 3 is no unix socket")
	}
	return socket, nil
}

// Attach lets the targets of this machine ask l.
func (l *Local) Attach(targets []Target) {
	for i := range targets {
		if t := &targets[i]; t.kind == "file" || t.network == "unix" {
			t.local, t.place = l, i
		}
	}
}

// read hands the answers on until the other process ends.
func (l *Local) read() {
	for {
		a, err := receive[answer](l.socket, func(a *answer, f *os.File) { a.file = f })
		if err != nil {
			l.mu.Lock()
			for _, c := range l.answers {
				close(c)
			}
			l.answers = nil
			l.mu.Unlock()
			return
		}
		l.mu.Lock()
		c := l.answers[a.Target]
		l.mu.Unlock()
		select {
		case c <- a:
		default: // nobody has asked
			_ = a.file.Close()
		}
	}
}

// look returns the connection to a unix socket, or nil for a file that is there. An
// answer that comes too late is for the next call: one is as good as another.
func (l *Local) look(ctx context.Context, target int) (net.Conn, error) {
	l.mu.Lock()
	c, asked := l.answers[target]
	over := l.answers == nil
	if !asked && !over {
		c = make(chan answer, 1)
		l.answers[target] = c
	}
	l.mu.Unlock()
	if over {
		return nil, errGone
	}
	if !asked {
		if err := send(l.socket, question{target}, nil); err != nil {
			return nil, err
		}
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case a, ok := <-c:
		if !ok {
			return nil, errGone
		}
		l.mu.Lock()
		delete(l.answers, target)
		l.mu.Unlock()
		switch {
		case a.Errno != 0:
			return nil, a.Errno
		case a.file == nil:
			return nil, nil
		}
		defer a.file.Close()
		return net.FileConn(a.file)
	}
}

var errGone = errors.New("the process of entry-point that looks for it has ended")

// Serve answers a Local at the other end of a pair of sockets, and returns when that
// has ended.
func Serve(fd int, targets []Target) error {
	socket, err := open(fd)
	if err != nil {
		return err
	}
	defer socket.Close()
	for {
		q, err := receive[question](socket, func(*question, *os.File) {})
		if err != nil {
			return nil
		}
		if q.Target < 0 || q.Target >= len(targets) {
			continue
		}
		// A dead file server holds up nobody but those who wait for its files.
		go func() {
			a := answer{Target: q.Target}
			a.file, a.Errno = targets[q.Target].reach()
			_ = send(socket, a, a.file)
			_ = a.file.Close() // a nil one, too
		}()
	}
}

// reach looks for a target of this machine. Of the others it says that there are none.
func (t *Target) reach() (connection *os.File, errno syscall.Errno) {
	var err error
	switch {
	case t.kind == "file":
		_, err = os.Stat(t.address)
	case t.network == "unix":
		ctx, cancel := context.WithTimeout(context.Background(), attemptTime)
		defer cancel()
		var c net.Conn
		if c, err = (&net.Dialer{}).DialContext(ctx, t.network, t.address); err == nil {
			defer c.Close()
			connection, err = c.(*net.UnixConn).File()
		}
	default:
		return nil, syscall.EINVAL
	}
	if err != nil && !errors.As(err, &errno) {
		errno = syscall.ETIMEDOUT
	}
	return connection, errno
}

func send(socket *net.UnixConn, message any, file *os.File) error {
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	var rights []byte
	if file != nil {
		rights = syscall.UnixRights(int(file.Fd()))
	}
	_, _, err = socket.WriteMsgUnix(text, rights, nil)
	return err
}

// receive returns the next message, with take called for a descriptor that it carries.
func receive[T any](socket *net.UnixConn, take func(*T, *os.File)) (message T, err error) {
	text, rights := make([]byte, maxWords), make([]byte, syscall.CmsgSpace(4))
	n, space, _, _, err := socket.ReadMsgUnix(text, rights)
	if err == nil && n == 0 {
		err = errGone
	}
	if err == nil {
		err = json.Unmarshal(text[:n], &message)
	}
	if err != nil {
		return message, err
	}
	if list, err := syscall.ParseSocketControlMessage(rights[:space]); err == nil && len(list) == 1 {
		if fds, err := syscall.ParseUnixRights(&list[0]); err == nil && len(fds) == 1 {
			take(&message, os.NewFile(uintptr(fds[0]), "connection"))
		}
	}
	return message, nil
}
