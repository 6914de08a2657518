package control

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"entrypoint/supervisor/eventually"

	"golang.org/x/sys/unix"
)

// channelTo makes a channel to a server, and its other end as the gateway has it.
func channelTo(t testing.TB, s *Server, b Briefing) (*Channel, *Briefing) {
	t.Helper()
	ours, theirs, err := OpenChannel()
	if err != nil {
		t.Fatal(err)
	}
	s.Grant(ours, Grantee{PID: os.Getpid(), Briefing: &b, Heard: func() {}, Stranger: func(pid int) { t.Errorf("a stranger: %d", pid) }})
	fd, err := unix.FcntlInt(theirs.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	theirs.Close()
	if err != nil {
		t.Fatal(err)
	}
	c, told, err := OpenInherited(fd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, told
}

// unlistening is a server without a socket, which leaves nothing.
func unlistening(t testing.TB, h Handler) *Server {
	t.Helper()
	before := descriptors(t)
	s := New()
	s.Serve(h)
	t.Cleanup(func() {
		s.Close()
		noGoroutines(t)
		if after := descriptors(t); after > before {
			t.Errorf("%d descriptors before, %d after", before, after)
		}
	})
	return s
}

// TestChannel: what the gateway is told, and connections over the channel, with
// no socket at all.
func TestChannel(t *testing.T) {
	f := newFake()
	f.at = func(_ *Request, reply func(*Answer)) bool { reply(done); return true }
	s := unlistening(t, f)
	c, told := channelTo(t, s, Briefing{Idle: 1.5, Servers: []HTTPServer{
		{Network: "unix", Address: "/run/s"}, {Network: "tcp", Address: ":9001", Username: "u", Password: "p\"\n"},
	}})
	if told.Idle != 1.5 || len(told.Servers) != 2 || told.Servers[1].Password != "p\"\n" {
		t.Errorf("told %+v", told)
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			client, err := c.Dial(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer client.Close()
			for range 3 {
				if err := client.Do(&Request{Do: DoHealth}, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// TestChannelBounds: connections of the gateway count as all others do.
func TestChannelBounds(t *testing.T) {
	f := newFake()
	f.at = func(_ *Request, reply func(*Answer)) bool { reply(done); return true }
	s := unlistening(t, f)
	s.clients = 2
	c, _ := channelTo(t, s, Briefing{})
	for i := range 3 {
		client, err := c.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		err = client.Do(&Request{Do: DoHealth}, nil)
		if said := (*Error)(nil); i == 2 && (!errors.As(err, &said) || said.Code != TooManyRequests) || i < 2 && err != nil {
			t.Errorf("client %d: %v", i, err)
		}
	}
}

// TestChannelEnds: by the server, by the gateway, and for those who do not wait.
func TestChannelEnds(t *testing.T) {
	s := New()
	s.Serve(newFake())
	c, _ := channelTo(t, s, Briefing{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Dial(ctx); !errors.Is(err, context.Canceled) && err != nil {
		t.Errorf("who does not wait: %v", err)
	}
	if client, err := c.Dial(t.Context()); err != nil {
		t.Errorf("the next one: %v", err)
	} else {
		client.Close()
	}
	other, _ := channelTo(t, s, Briefing{})
	other.Close()
	eventually.So(t, "a closed channel is forgotten", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.channels) == 1
	}, nil)
	s.Close()
	noGoroutines(t)
	if _, err := c.Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "entry-point is gone") {
		t.Errorf("after the end: %v", err)
	}
	ours, theirs, err := OpenChannel()
	if err != nil {
		t.Fatal(err)
	}
	s.Grant(ours, Grantee{}).Ping()
	theirs.Close()
	if err := ours.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a channel to a closed server: %v", err)
	}
}

// TestStrangers: a channel and a connection are worth nothing to another process that
// has got hold of them.
func TestStrangers(t *testing.T) {
	f := newFake()
	f.at = func(r *Request, reply func(*Answer)) bool {
		if r.Do != DoHealth {
			t.Errorf("the thief was heard: %+v", r)
		}
		reply(done)
		return true
	}
	s := unlistening(t, f)
	ours, theirs, err := OpenChannel()
	if err != nil {
		t.Fatal(err)
	}
	strangers, heard := make(chan int, 10), make(chan struct{}, 10)
	link := s.Grant(ours, Grantee{
		PID: os.Getpid(), Briefing: &Briefing{}, Heard: func() { heard <- struct{}{} }, Stranger: func(pid int) { strangers <- pid },
	})
	fd, err := unix.FcntlInt(theirs.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	c, _, err := OpenInherited(fd)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	<-heard
	client, err := c.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Do(&Request{Do: DoHealth}, nil); err != nil {
		t.Fatal(err)
	}

	thief := exec.Command(os.Args[0], "-test.run=^TestThief$", "-test.v")
	thief.Env = append(os.Environ(), "THIEF=1")
	thief.ExtraFiles = []*os.File{theirs, client.file}
	out, err := thief.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "the connection is closed") {
		t.Errorf("%v\n%s", err, out)
	}
	if pid := <-strangers; pid != thief.Process.Pid || len(strangers) > 0 {
		t.Errorf("the stranger is %d, and %d others; the thief was %d", pid, len(strangers), thief.Process.Pid)
	}
	eventually.So(t, "no connection after the theft", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.conns) == 0
	}, nil)

	// Its owner goes on, and the server asks for a word of it, until its end.
	link.Ping()
	<-heard
	other, err := c.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Do(&Request{Do: DoHealth}, nil); err != nil {
		t.Error(err)
	}
	link.Close()
	if err := other.Do(&Request{Do: DoHealth}, nil); err == nil {
		t.Error("a connection outlives the process that it was granted to")
	}
	if _, err := c.Dial(t.Context()); err == nil {
		t.Error("a channel outlives its link")
	}
}

// TestThief is the process of TestStrangers that has a channel and a connection.
func TestThief(t *testing.T) {
	if os.Getenv("THIEF") == "" {
		return
	}
	for _, word := range []byte{hello, wanted, pong} {
		if _, err := unix.SendmsgN(3, []byte{word}, nil, nil, unix.MSG_NOSIGNAL); err != nil {
			t.Error(err)
		}
	}
	if err := unix.SetNonblock(4, false); err != nil {
		t.Fatal(err)
	}
	_, err := unix.Write(4, []byte(`{"do":"shutdown"}`+"\n"))
	n, readErr := unix.Read(4, make([]byte, 1000))
	if err != nil || n > 0 {
		t.Fatalf("%v, %d bytes, %v", err, n, readErr)
	}
	t.Log("the connection is closed")
}
