package control

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestDo(t *testing.T) {
	f := newFake()
	_, path := serve(t, f, nil)
	c, err := Dial(path, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() {
		r := <-f.begun
		r.reply(result(1 << 20))
		r.reply(&Answer{Log: &Log{Name: "web", Data: []byte("\x00\xff\n")}})
		r.reply(done)
		r = <-f.begun
		r.reply(&Answer{Error: &Error{NoProgram, `there is no program "wob"`}})
		r = <-f.begun
		r.reply(&Answer{Lost: 3})
		r.reply(done)
	}()
	var got []*Answer
	if err := c.Do(&Request{Do: DoLogs}, func(a *Answer) error { got = append(got, a); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || len(got[0].Result.Text) != 1<<20 || !slices.Equal(got[1].Log.Data, []byte("\x00\xff\n")) {
		t.Errorf("got %d answers", len(got))
	}
	err = c.Do(&Request{Do: DoStop, Names: []string{"wob"}}, nil)
	if said := (*Error)(nil); !errors.As(err, &said) || said.Code != NoProgram {
		t.Errorf("got %v", err)
	}
	if err := c.Do(&Request{Do: DoStop, Names: make([]string, MaxRequest)}, nil); err == nil || !strings.Contains(err.Error(), "longer than 2097152") {
		t.Errorf("a long request: %v", err)
	}
}

// TestDoEnds: by each, by a deadline, by Close, by the server.
func TestDoEnds(t *testing.T) {
	f := newFake()
	s, path := serve(t, f, nil)
	enough := errors.New("enough")
	for name, test := range map[string]struct {
		end  func(*Client)
		want error
	}{
		"each":     {func(*Client) {}, enough},
		"deadline": {func(c *Client) { _ = c.SetDeadline(time.Unix(1, 0)) }, os.ErrDeadlineExceeded},
		"close":    {func(c *Client) { c.Close() }, os.ErrClosed},
	} {
		c, err := Dial(path, 0)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error)
		go func() {
			ended <- c.Do(&Request{Do: DoEvents, Follow: true}, func(*Answer) error {
				if name == "each" {
					return enough
				}
				test.end(c)
				return nil
			})
		}()
		wait(t, f.begun, "events").reply(&Answer{Lost: 1})
		if err := wait(t, ended, "the end by "+name); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
		wait(t, f.cancelled, "cancel by "+name)
	}
	c, err := Dial(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- c.Do(&Request{Do: DoHealth}, nil) }()
	wait(t, f.begun, "health")
	s.Close()
	if err := wait(t, ended, "the end by the server"); err == nil || !strings.Contains(err.Error(), "closed the connection") {
		t.Errorf("got %v", err)
	}
}

func TestDialFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s")
	if _, err := Dial(path, time.Second); !errors.Is(err, ErrNobody) || !strings.HasPrefix(err.Error(), "cannot connect to "+path+": nobody listens there") {
		t.Errorf("no file: %v", err)
	}
	if _, err := Dial(dir+"/"+strings.Repeat("x", 200), time.Second); err == nil || !strings.Contains(err.Error(), "longer than 107") {
		t.Errorf("a long path: %v", err)
	}
	datagram, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer datagram.Close()
	if _, err := Dial(path, time.Second); err == nil || !strings.Contains(err.Error(), "of another kind") {
		t.Errorf("a datagram socket: %v", err)
	}

	// A server that accepts nobody: its queue has room for one.
	full := filepath.Join(dir, "full")
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrUnix{Name: full}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	first, err := Dial(full, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := Dial(full, 50*time.Millisecond); err == nil || !strings.Contains(err.Error(), "not accepted within 50ms") {
		t.Errorf("a full queue: %v", err)
	}
}

// BenchmarkStatus is a status of 1,000 programs, from the request to the last
// answer understood.
func BenchmarkStatus(b *testing.B) {
	f := newFake()
	f.at = func(_ *Request, reply func(*Answer)) bool {
		for i := range 1000 {
			reply(program(i))
		}
		reply(done)
		return true
	}
	_, path := serve(b, f, nil)
	c, err := Dial(path, time.Second)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for b.Loop() {
		n := 0
		if err := c.Do(&Request{Do: DoStatus}, func(*Answer) error { n++; return nil }); err != nil || n != 1000 {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkReply is what the loop spends on one answer.
func BenchmarkReply(b *testing.B) {
	o := outbox{limit: 1 << 40, total: &(&Server{}).queued}
	o.encoder = newEncoder(&o)
	a := program(7)
	for b.Loop() {
		o.put(a)
		o.lines = o.lines[:0]
		o.total.Store(0)
	}
}

func BenchmarkHealth(b *testing.B) {
	f := newFake()
	f.at = func(_ *Request, reply func(*Answer)) bool { reply(done); return true }
	_, path := serve(b, f, nil)
	c, err := Dial(path, time.Second)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for b.Loop() {
		if err := c.Do(&Request{Do: DoHealth}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
