package notify

import (
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/skip"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Message{
		"READY=1":                             {Ready: true},
		"READY=0\nSTATUS=x=y\n":               {Status: "x=y"},
		"RELOADING=1\nMONOTONIC_USEC=5":       {Reloading: true},
		"STOPPING=1\nMAINPID=7":               {Stopping: true},
		"WATCHDOG=1":                          {Alive: true},
		"WATCHDOG=trigger\nERRNO=2":           {Trigger: true},
		"":                                    {},
		"nonsense\n=\nREADY":                  {},
		"STATUS=Completed 66%\nREADY=1\nX=\n": {Status: "Completed 66%", Ready: true},
	} {
		if got := Parse(text); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

// heard is a socket and what it hears.
func heard(t *testing.T, uid int) (*Socket, chan Message) {
	t.Helper()
	messages := make(chan Message, 10)
	s, err := Listen(uid, func(sender int, m Message) {
		if sender <= 1 {
			t.Errorf("sent by %d", sender)
		}
		messages <- m
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, messages
}

func send(t *testing.T, s *Socket, text string, files ...*os.File) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	var rights []byte
	for _, f := range files {
		rights = append(rights, unix.UnixRights(int(f.Fd()))...)
	}
	if err := unix.Sendmsg(fd, []byte(text), rights, &unix.SockaddrUnix{Name: s.Name()}, 0); err != nil {
		t.Fatal(err)
	}
}

func next(t *testing.T, messages chan Message) Message {
	t.Helper()
	select {
	case m := <-messages:
		return m
	case <-time.After(20 * time.Second):
		t.Fatal("no message")
		return Message{}
	}
}

// TestBarrier: systemd-notify waits until the descriptor that it sends is closed.
func TestBarrier(t *testing.T) {
	s, messages := heard(t, os.Geteuid())
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	send(t, s, "BARRIER=1", w)
	w.Close()
	if m := next(t, messages); m != (Message{}) {
		t.Errorf("%+v", m)
	}
	_ = r.SetReadDeadline(time.Now().Add(20 * time.Second))
	if n, err := r.Read(make([]byte, 1)); n != 0 || err == nil || os.IsTimeout(err) {
		t.Errorf("the descriptor is open still: %d %v", n, err)
	}
}

// TestStranger: another user's word does not count, that of the program's does.
func TestStranger(t *testing.T) {
	skip.UnlessRoot(t, "to be other users")
	const python = "/usr/bin/python3"
	_, err := os.Stat(python)
	skip.Unless(t, err == nil, python)
	s, messages := heard(t, 12345)
	as := func(uid uint32, text string) {
		t.Helper()
		c := exec.Command(python, "-c", `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(sys.argv[2].encode(), "\0" + sys.argv[1][1:])
`, s.Name(), text)
		c.Dir = "/"
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	as(54321, "READY=1\nSTATUS=stranger")
	as(12345, "STATUS=program")
	as(0, "STATUS=root")
	for _, want := range []string{"program", "root"} {
		if m := next(t, messages); m.Status != want {
			t.Errorf("%+v, want %s", m, want)
		}
	}
}

// TestClose: nobody is called after the end, and no name is there twice.
func TestClose(t *testing.T) {
	a, _ := heard(t, 0)
	b, _ := heard(t, 0)
	if a.Name() == b.Name() || a.Name()[0] != '@' {
		t.Errorf("%q and %q", a.Name(), b.Name())
	}
	a.Close()
	if c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: a.Name(), Net: "unixgram"}); err == nil {
		c.Close()
		t.Error("it still listens")
	}
	(*Socket)(nil).Close()
}
