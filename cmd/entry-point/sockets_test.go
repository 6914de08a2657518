package main_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"entrypoint/config/address/unused"
)

// wsgi answers with the pid of its master, which is the program, and a value of
// the configuration. It does not come up while there is a file hold.
const wsgi = `
import os, time
while os.path.exists("hold"):
    time.sleep(0.01)
def application(environ, start_response):
    body = ("%d %s" % (os.getppid(), os.environ["GENERATION"])).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
`

// fcgi answers in the same way on descriptor 0, and finishes an answer before TERM
// ends it.
const fcgi = `
import os, select, signal, socket, time
while os.path.exists("hold"):
    time.sleep(0.01)
wake, woken = os.pipe()
os.set_blocking(woken, False)
signal.set_wakeup_fd(woken)
signal.signal(signal.SIGTERM, lambda *_: None)
listening = socket.socket(fileno=0)
listening.setblocking(False)
while True:
    ready = select.select([listening, wake], [], [])[0]
    if wake in ready:
        break
    try:
        c, _ = listening.accept()
    except BlockingIOError:
        continue # another process was faster
    c.setblocking(True)
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += c.recv(1000)
    c.sendall(("HTTP/1.0 200 OK\r\n\r\n%d %s" % (os.getpid(), os.environ["GENERATION"])).encode())
    c.close()
`

// TestRestartRefusesNobody: clients connect all the time while a program that
// inherits its socket is told to end, and while a reload restarts it. None is
// refused, and who comes while nobody is there gets the answer of the next.
func TestRestartRefusesNobody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, needs, section string
		// cut is how many requests one stop may cost that the program has accepted
		// already: what becomes of those is its own affair.
		cut int
	}{
		// uWSGI may end between the acceptance of a request and its begin. With threads
		// it does not, but does not end at all every now and then.
		{name: "uwsgi", needs: "uwsgi", cut: 1, section: `[program:web]
command = uwsgi --plugin python3 --master --disable-logging --protocol http --wsgi-file app.py --hook-master-start "unix_signal:15 gracefully_kill_them_all"`},
		// One worker: its answers say that it is whole. A worker that meets TERM before
		// it has its own handlers ignores it, and its master waits 30 seconds for it.
		{name: "gunicorn", needs: "gunicorn", section: `[program:web]
command = gunicorn --workers 1 app:application`},
		{name: "fcgi", needs: "python3", section: `[fcgi-program:web]
command = python3 fcgi.py
process_name = %(program_name)s-%(process_num)d
numprocs = 2`},
	} {
		for _, network := range []string{"unix", "tcp"} {
			t.Run(c.name+" "+network, func(t *testing.T) {
				startPlain(t, c.needs)
				address, url := freeAddress(t, network)
				section := c.section + "\nsocket = " + url + "\nautorestart = true\nstartsecs = 0\nenvironment = GENERATION="
				p := configured(t, map[string]string{"programs.conf": section + "one\n", "app.py": wsgi, "fcgi.py": fcgi}).start()
				p.await(&p.stderr, started)

				clients := connectAllTheTime(network, address)
				one := clients.await(p, settled("one", ""))
				before := p.stderr.String()
				p.write("hold", "")
				p.terminateInside(one)
				p.awaitTimes(&p.stderr, started, strings.Count(before, started)+1)
				p.queue(network, address, 20)
				clients.await(p, settled("one", before))

				p.write("programs.conf", section+"two\n")
				p.kill(syscall.SIGHUP)
				clients.await(p, settled("two", ""))
				clients.stop()
				if n := len(clients.cut); n > 2*c.cut || len(clients.failed) > 0 {
					t.Errorf("failed: %v; cut short: %v; stderr:\n%s", clients.failed, clients.cut, p.stderr.String())
				}
				t.Logf("%d answers by process and generation: %v; cut short: %v", clients.answers, clients.by, clients.cut)

				p.kill(syscall.SIGTERM)
				p.wantCode(0)
				if _, err := os.Lstat(address); network == "unix" && !os.IsNotExist(err) {
					t.Errorf("the socket's file is left behind: %v", err)
				}
			})
		}
	}
}

const started = ": started as process "

// queue has n clients ask while the program is held, and lets it come up then.
// Each of them must get an answer.
func (p *initProcess) queue(network, address string, n int) {
	p.t.Helper()
	var waiting []net.Conn
	for range n {
		conn, err := ask(network, address)
		if err != nil {
			p.t.Fatalf("refused while nobody is there: %v", err)
		}
		defer conn.Close()
		waiting = append(waiting, conn)
	}
	if err := os.Remove(filepath.Join(p.Dir, "hold")); err != nil {
		p.t.Fatal(err)
	}
	for _, conn := range waiting {
		if _, err := hear(conn); err != nil {
			p.t.Errorf("who waited in the queue: %v", err)
		}
	}
}

// freeAddress is one where nobody listens, and its URL.
func freeAddress(t *testing.T, network string) (address, url string) {
	t.Helper()
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "web.sock")
		return address, "unix://" + address
	}
	address = unused.TCP(t, "127.0.0.1")
	return address, "tcp://" + address
}

// terminateInside sends TERM to a process by its pid inside the namespace.
func (p *initProcess) terminateInside(pid string) {
	p.t.Helper()
	nsenter := startPlain(p.t, "nsenter", "--pid=/proc/"+itoa(p.Process.Pid)+"/ns/pid_for_children", "kill", "-TERM", pid)
	if out, err := nsenter.CombinedOutput(); err != nil {
		p.t.Fatalf("cannot terminate process %s: %v\n%s", pid, err, out)
	}
}

// answer is who has answered: a pid and the generation of the configuration.
type answer struct{ pid, generation string }

// clients ask one after the other, some of them at once.
type clients struct {
	group   sync.WaitGroup
	stopped chan struct{}

	mu      sync.Mutex
	by      map[answer]int
	answers int
	failed  []error // refused, or without an answer in time
	cut     []error // accepted, and closed without an answer
	changed chan struct{}
}

func connectAllTheTime(network, address string) *clients {
	c := &clients{stopped: make(chan struct{}), by: map[answer]int{}, changed: make(chan struct{})}
	for range 4 {
		c.group.Go(func() {
			for {
				select {
				case <-c.stopped:
					return
				default:
				}
				conn, err := ask(network, address)
				if err != nil {
					c.note(answer{}, err, false)
					continue
				}
				a, err := hear(conn)
				conn.Close()
				c.note(a, err, !errors.Is(err, os.ErrDeadlineExceeded))
			}
		})
	}
	return c
}

func (c *clients) stop() {
	close(c.stopped)
	c.group.Wait()
}

func (c *clients) note(a answer, err error, accepted bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil && accepted:
		c.cut = append(c.cut, err)
	case err != nil:
		c.failed = append(c.failed, err)
	default:
		c.by[a]++
		c.answers++
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// settled says who of a generation, but of no process whose start is in the log
// before, has given so many answers that it has started whole: uWSGI crashes if
// TERM comes while it starts its threads.
func settled(generation, before string) func(map[answer]int) string {
	return func(by map[answer]int) string {
		for a, n := range by {
			if a.generation == generation && n >= 50 && !strings.Contains(before, "started as process "+a.pid+"\n") {
				return a.pid
			}
		}
		return ""
	}
}

// await waits for answers and returns the pid of whom they show.
func (c *clients) await(p *initProcess, who func(map[answer]int) string) string {
	p.t.Helper()
	deadline := time.After(patience)
	for late := false; ; {
		c.mu.Lock()
		pid, changed, failed := who(c.by), c.changed, len(c.failed)
		c.mu.Unlock()
		if failed == 0 && pid != "" {
			return pid
		}
		if failed > 0 || late {
			c.stop()
			p.t.Fatalf("%d answers: %v; failed: %v; stdout:\n%sstderr:\n%s", c.answers, c.by, c.failed, p.stdout.String(), p.stderr.String())
		}
		select {
		case <-changed:
		case <-deadline:
			late = true
		}
	}
}

// ask connects and asks. The answer ends with the connection.
func ask(network, address string) (net.Conn, error) {
	conn, err := net.DialTimeout(network, address, patience)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n") // if it fails, there is no answer either
	return conn, nil
}

// hear reads the answer.
func hear(conn net.Conn) (answer, error) {
	text, err := io.ReadAll(conn)
	if err != nil {
		return answer{}, err
	}
	head, body, _ := strings.Cut(string(text), "\r\n\r\n")
	pid, generation, ok := strings.Cut(body, " ")
	if !strings.Contains(head, " 200 OK") || !ok {
		return answer{}, fmt.Errorf("the answer is %q", text)
	}
	return answer{pid, generation}, nil
}
