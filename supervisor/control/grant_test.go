package control

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// channelTo makes a channel to a server, and its other end as the gateway has it.
func channelTo(t testing.TB, s *Server, b Briefing) (*Channel, *Briefing) {
	t.Helper()
	ours, theirs, err := OpenChannel(&b)
	if err != nil {
		t.Fatal(err)
	}
	s.Grant(ours)
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
	f.at = func(_ Request, reply func(Answer)) bool { reply(done); return true }
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
				if err := client.Do(Request{Do: "health"}, nil); err != nil {
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
	f.at = func(_ Request, reply func(Answer)) bool { reply(done); return true }
	s := unlistening(t, f)
	s.clients = 2
	c, _ := channelTo(t, s, Briefing{})
	for i := range 3 {
		client, err := c.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		err = client.Do(Request{Do: "health"}, nil)
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
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		s.mu.Lock()
		n := len(s.channels)
		s.mu.Unlock()
		if n == 1 {
			break
		}
		if time.Since(begin) > patience {
			t.Fatal("a closed channel is kept")
		}
	}
	s.Close()
	noGoroutines(t)
	if _, err := c.Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "entry-point is gone") {
		t.Errorf("after the end: %v", err)
	}
	ours, theirs, err := OpenChannel(&Briefing{})
	if err != nil {
		t.Fatal(err)
	}
	s.Grant(ours)
	theirs.Close()
	if err := ours.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a channel to a closed server: %v", err)
	}
}
