package notify

import (
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/threads"
)

// Message is what a datagram says. Assignments that are not known are ignored, as
// sd_notify(3) wants it.
type Message struct {
	Ready, Reloading, Stopping bool
	Alive                      bool // WATCHDOG=1
	Trigger                    bool // WATCHDOG=trigger: it wants to be started again
	Status                     string
}

// Parse reads a datagram.
func Parse(text string) (m Message) {
	for _, line := range strings.Split(text, "\n") {
		key, value, _ := strings.Cut(line, "=")
		switch {
		case key == "READY":
			m.Ready = value == "1"
		case key == "RELOADING":
			m.Reloading = value == "1"
		case key == "STOPPING":
			m.Stopping = value == "1"
		case key == "WATCHDOG":
			m.Alive, m.Trigger = value == "1", value == "trigger"
		case key == "STATUS":
			m.Status = value
		}
	}
	return m
}

// Socket is where one process sends its messages.
type Socket struct {
	file *os.File
	name string // as NOTIFY_SOCKET has it
	uid  uint32
}

// maxMessage is how much of a datagram is read.
const maxMessage = 4 << 10

// Listen opens a socket and calls f for each message of uid, with the process that
// has sent it, in a goroutine of its own, until Close.
func Listen(uid int, f func(sender int, m Message)) (*Socket, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	name, err := bind(fd)
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	s := &Socket{os.NewFile(uintptr(fd), "notify"), name, uint32(uid)}
	go s.receive(f)
	return s, nil
}

// bind lets the kernel choose a name that nobody has (unix(7), autobind).
func bind(fd int) (name string, err error) {
	if err = unix.Bind(fd, &unix.SockaddrUnix{}); err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1)
	}
	if err != nil {
		return "", err
	}
	own, err := unix.Getsockname(fd)
	if err != nil {
		return "", err
	}
	return own.(*unix.SockaddrUnix).Name, nil
}

// Name is the value of NOTIFY_SOCKET.
func (s *Socket) Name() string { return s.name }

// Close ends the receiving.
func (s *Socket) Close() {
	if s != nil {
		_ = s.file.Close()
	}
}

func (s *Socket) receive(f func(int, Message)) {
	raw, err := s.file.SyscallConn()
	if err != nil {
		return
	}
	data, oob := make([]byte, maxMessage), make([]byte, 512)
	for {
		n, size := 0, 0
		var failed error
		err := raw.Read(func(fd uintptr) bool {
			n, size, failed = threads.Receive(int(fd), data, oob)
			return failed != syscall.EAGAIN && failed != syscall.EINTR
		})
		if err != nil || failed != nil {
			return
		}
		if sender := s.sender(oob[:size]); sender != 0 {
			f(sender, Parse(string(data[:n])))
		}
	}
}

// sender is the process that has sent a message; 0: one that does not count.
// Descriptors that came along (a store, or the barrier of systemd-notify, which waits
// for their end) are closed.
func (s *Socket) sender(oob []byte) (pid int) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return 0
	}
	for i := range messages {
		if fds, err := unix.ParseUnixRights(&messages[i]); err == nil {
			for _, fd := range fds {
				_ = unix.Close(fd)
			}
		}
		// The kernel says 0 of a process outside of our PID namespace: root of another
		// container, which shares our network, is not ours.
		if who, err := unix.ParseUnixCredentials(&messages[i]); err == nil && (who.Uid == s.uid || who.Uid == 0 || who.Uid == uint32(os.Geteuid())) {
			pid = int(who.Pid)
		}
	}
	return pid
}
