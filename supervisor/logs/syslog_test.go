package logs

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entrypoint/config/address"
	"entrypoint/supervisor/eventually"
)

// daemon is what a syslog daemon gets.
type daemon struct {
	mu   sync.Mutex
	text string
}

func (d *daemon) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.text += string(b)
	return len(b), nil
}

func (d *daemon) until(t *testing.T, text string) {
	t.Helper()
	eventually.So(t, text, func() bool { d.mu.Lock(); defer d.mu.Unlock(); return strings.Contains(d.text, text) }, nil)
}

// datagrams reads messages, each followed by a newline of ours.
func (d *daemon) datagrams(from net.PacketConn) {
	buf := make([]byte, 1<<16)
	for {
		n, _, err := from.ReadFrom(buf)
		if err != nil {
			return
		}
		fmt.Fprintf(d, "%s\n", buf[:n])
	}
}

func (d *daemon) connections(from net.Listener) {
	for {
		c, err := from.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			buf := make([]byte, 1<<16)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				_, _ = d.Write(buf[:n])
			}
		}()
	}
}

// local is a pump whose local daemon is at socket.
func local(w *world, socket string) {
	w.pump.remotes = map[string]*syslog{"": newSyslog("unix", socket, w.complain, w.pump.now, w.pump.buffer)}
}

var ident = path.Base(os.Args[0])

func TestSyslogLocal(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "log")
	listen, err := net.ListenPacket("unixgram", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listen.Close()
	d := &daemon{}
	go d.datagrams(listen)
	w := newWorld(t, Raw)
	local(w, socket)
	w.print(Spec{Program: "g:web", Targets: []Target{{Kind: Syslog}}}, "one\n\ntw", "o\nthree")
	w.drained()
	head := "<14>Jan  2 03:04:05 " + ident + ": web "
	want := head + "one\n" + head + "\n" + head + "two\n" + head + "three\n"
	d.until(t, "three\n")
	if d.text != want {
		t.Errorf("got\n%s, want\n%s", d.text, want)
	}
}

// TestSyslogStream: some daemons want a connection.
func TestSyslogStream(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "log")
	listen, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listen.Close()
	d := &daemon{}
	go d.connections(listen)
	w := newWorld(t, Raw)
	local(w, socket)
	w.print(Spec{Targets: []Target{{Kind: Syslog}}}, "one\ntwo\n")
	w.drained()
	d.until(t, ": web one\x00<14>Jan  2 03:04:05 "+ident+": web two\x00")
}

func TestSyslogRemote(t *testing.T) {
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	tcp, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		if tcp, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	defer tcp.Close()
	d := &daemon{}
	go d.datagrams(udp)
	go d.connections(tcp)
	w := newWorld(t, Raw)
	long := strings.Repeat("é", maxUDP)
	w.print(Spec{Targets: []Target{{Kind: Syslog, Path: "udp:" + udp.LocalAddr().String()}}}, "by udp\n", long+"\n")
	w.print(Spec{Targets: []Target{{Kind: Syslog, Path: "tcp:" + tcp.Addr().String()}}}, "by tcp\n")
	w.drained()
	head := "<14>Jan  2 03:04:05 " + hostname() + " " + ident + ": web "
	d.until(t, head+"by udp\n")
	d.until(t, head+long[:maxUDP]+"\n")
	d.until(t, head+long[maxUDP:]+"\n")
	d.until(t, head+"by tcp\n")
}

// TestSyslogAway: without a daemon nobody waits, one complaint is made, and when
// the daemon comes it gets what was kept for it.
func TestSyslogAway(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "log")
	var now atomic.Int64
	now.Store(1e18)
	w := newWorld(t, Raw)
	w.pump.now = func() time.Time { return time.Unix(0, now.Load()).UTC() }
	local(w, socket)
	_, child := w.start(Spec{Targets: []Target{{Kind: Syslog}}})
	fmt.Fprint(child, "first\n")
	eventually.So(t, "a complaint", func() bool { return strings.Contains(w.complained(), "cannot send to syslog") }, nil)
	line := strings.Repeat("x", 999) + "\n"
	within(t, "printing without a daemon", func() {
		for range 2 * maxWaiting / len(line) {
			fmt.Fprint(child, line)
		}
	})
	l := w.pump.remotes[""]
	eventually.So(t, "lost lines", func() bool { l.mu.Lock(); defer l.mu.Unlock(); return l.lost > 0 }, nil)
	listen, err := net.ListenPacket("unixgram", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listen.Close()
	d := &daemon{}
	go d.datagrams(listen)
	now.Add(2 * int64(retryAfter))
	fmt.Fprint(child, "again\n")
	d.until(t, "web first\n")
	eventually.So(t, "the count", func() bool { return strings.Contains(w.complained(), "has missed") }, nil)
	fmt.Fprint(child, "later\n")
	d.until(t, "web later\n")
	child.Close()
	w.drained()
	if c := w.complained(); strings.Count(c, "cannot send") != 1 {
		t.Errorf("complaints %q", c)
	}
}

// TestSyslogRestarted: a daemon that was restarted misses nothing.
func TestSyslogRestarted(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "log")
	w := newWorld(t, Raw)
	local(w, socket)
	d := &daemon{}
	_, child := w.start(Spec{Targets: []Target{{Kind: Syslog}}})
	for i := range 3 {
		listen, err := net.ListenPacket("unixgram", socket)
		if err != nil {
			t.Fatal(err)
		}
		go d.datagrams(listen)
		fmt.Fprintf(child, "line %d\n", i)
		d.until(t, fmt.Sprintf("web line %d\n", i))
		listen.Close()
		os.Remove(socket)
	}
	child.Close()
	w.drained()
	if c := w.complained(); c != "" {
		t.Errorf("complaints %q", c)
	}
}

func TestResolve(t *testing.T) {
	r := parseResolvers("# x\nnameserver 10.0.0.1\nnameserver ::1\nsearch a.svc b\noptions timeout:1 ndots:2\n")
	if texts(r.servers) != "10.0.0.1 ::1" || fmt.Sprint(r.search) != "[a.svc b]" || r.ndots != 2 {
		t.Errorf("got %+v", r)
	}
	for _, c := range []struct{ host, want string }{
		{"log", "[log.a.svc log.b log]"}, {"log.x.y", "[log.x.y log.x.y.a.svc log.x.y.b]"}, {"log.", "[log.]"},
	} {
		if got := fmt.Sprint(r.names(c.host)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.host, got, c.want)
		}
	}
	if texts(parseResolvers("").servers) != "127.0.0.1" {
		t.Error("no server where none is named")
	}
	for _, host := range []string{"127.0.0.1", "::1"} {
		if got, err := resolve(host); err != nil || texts(got) != host {
			t.Errorf("%s: %v, %v", host, got, err)
		}
	}
}

// TestNameServer asks a name server that knows one alias.
func TestNameServer(t *testing.T) {
	listen, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listen.Close()
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := listen.ReadFrom(buf)
			if err != nil {
				return
			}
			q := buf[:n]
			kind := binary.BigEndian.Uint16(q[n-4:])
			answer := append([]byte(nil), q...)
			answer[2] |= 0x80
			if strings.Contains(string(q), "\x03log\x03svc\x00") && kind == typeA {
				answer[7] = 2
				answer = append(answer, 0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 4, 1, 'x', 0xc0, 16)        // an alias
				answer = append(answer, 1, 'x', 0xc0, 16, 0, typeA, 0, 1, 0, 0, 0, 9, 0, 4, 10, 1, 2, 3) // its address
			}
			_, _ = listen.WriteTo([]byte("noise"), from)
			_, _ = listen.WriteTo(answer, from)
		}
	}()
	r := &resolvers{servers: []address.IP{{127, 0, 0, 1}}, search: []string{"svc"}, ndots: 1}
	r.port = listen.LocalAddr().(*net.UDPAddr).Port
	if got, err := r.lookup("log"); err != nil || texts(got) != "10.1.2.3" {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := r.lookup("other"); err != errNoHost {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := r.lookup(strings.Repeat("x", 64)); err != errNoHost {
		t.Errorf("got %v, %v", got, err)
	}
}

func texts(addresses []address.IP) string {
	var out []string
	for _, ip := range addresses {
		out = append(out, net.IP(ip).String())
	}
	return strings.Join(out, " ")
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte("\x00\x00\x80\x00\x00\x01\x00\x01\x00\x00\x00\x00\x01x\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\x01\x02\x03\x04"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := len(readAnswer(b, typeA)); n > len(b)/14 {
			t.Errorf("%d addresses in %d bytes", n, len(b))
		}
		readAnswer(b, typeAAAA)
	})
}

func TestSplitPort(t *testing.T) {
	for text, want := range map[string]string{
		"log:514": "log 514 <nil>", "[::1]:514": "::1 514 <nil>", "10.0.0.1:1": "10.0.0.1 1 <nil>",
		"log": " 0 invalid argument", ":514": " 0 invalid argument", "log:0": " 0 invalid argument", "log:65536": " 0 invalid argument", "log:x": " 0 invalid argument",
	} {
		host, port, err := splitPort(text)
		if got := fmt.Sprint(host, " ", port, " ", err); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
