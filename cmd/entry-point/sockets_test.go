package main_test

import (
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// wsgi answers with the pid of its master, which is the program, and a value of
// the configuration.
//
// uWSGI loses a request if its worker is told to end (by HUP) just after it has
// accepted; the application therefore lets HUP in during a request only.
const wsgi = `
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
def application(environ, start_response):
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGHUP])
    body = ("%d %s" % (os.getppid(), os.environ["GENERATION"])).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
    return [body]
`

// fcgi answers in the same way on descriptor 0, and finishes an answer before TERM
// ends it.
const fcgi = `
import os, select, signal, socket
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
// inherits its socket is told to end, and while a reload restarts it. Each of
// them gets its answer. uWSGI and gunicorn have one worker: one that has not
// answered yet may still be starting, and those lose TERM.
func TestRestartRefusesNobody(t *testing.T) {
	for _, c := range []struct{ name, section, up string }{
		{
			"uwsgi", `[program:web]
command = uwsgi --plugin python3 --master --disable-logging --protocol http --wsgi-file app.py --hook-master-start "unix_signal:15 gracefully_kill_them_all"`,
			`running "unix_signal:15`, // before that TERM reloads it
		},
		{"gunicorn", `[program:web]
command = gunicorn --workers 1 app:application`, ""},
		{"python3", `[fcgi-program:web]
command = python3 fcgi.py
process_name = %(program_name)s-%(process_num)d
numprocs = 2`, ""},
	} {
		for _, network := range []string{"unix", "tcp"} {
			t.Run(c.name+" "+network, func(t *testing.T) {
				startPlain(t, c.name)
				address, url := freeAddress(t, network)
				section := c.section + "\nsocket = " + url + "\nautorestart = true\nstartsecs = 0\nenvironment = GENERATION="
				p := configured(t, map[string]string{"programs.conf": section + "one\n", "app.py": wsgi, "fcgi.py": fcgi}).start()
				p.await(&p.stderr, "started as process")

				clients := connectAllTheTime(t, network, address)
				one := clients.await(p, settled(p, "one", c.up, ""))
				p.await(&p.stderr, "started as process "+one+"\n")
				before := p.stderr.String()
				p.terminateInside(one)
				clients.await(p, settled(p, "one", c.up, before))
				before = p.stderr.String()

				p.write("programs.conf", section+"two\n")
				p.kill(syscall.SIGHUP)
				clients.await(p, settled(p, "two", c.up, before))

				// From here on nobody needs an answer.
				by, failed := clients.result()
				t.Logf("answers: %v", by)
				if len(failed) > 0 {
					t.Errorf("%v; stderr:\n%s", failed, p.stderr.String())
				}
				p.kill(syscall.SIGTERM)
				p.wantCode(0)
				if _, err := os.Lstat(address); network == "unix" && !os.IsNotExist(err) {
					t.Errorf("the socket's file is left behind: %v", err)
				}
			})
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	address = l.Addr().String()
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
	mu      sync.Mutex
	by      map[answer]int
	failed  []error
	changed chan struct{}
}

// connectAllTheTime starts clients that ask until the test ends.
func connectAllTheTime(t *testing.T, network, address string) *clients {
	c := &clients{by: map[answer]int{}, changed: make(chan struct{})}
	for range 4 {
		go func() {
			for t.Context().Err() == nil {
				c.note(request(network, address))
			}
		}()
	}
	return c
}

func (c *clients) note(a answer, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.by[a]++
	} else if len(c.failed) < 10 {
		c.failed = append(c.failed, err)
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// result is the number of answers up to now, and why there were none.
func (c *clients) result() (by map[answer]int, failed []error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.by), slices.Clone(c.failed)
}

func (c *clients) next() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// settled says which process of a generation has started whole: it has given many
// answers, and up was printed once more. Its start is not in the log before.
func settled(p *initProcess, generation, up, before string) func(map[answer]int) string {
	return func(by map[answer]int) string {
		for a, n := range by {
			if a.generation == generation && n >= 50 && !strings.Contains(before, "started as process "+a.pid+"\n") &&
				(up == "" || strings.Count(p.stderr.String(), up) > strings.Count(before, up)) {
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
		changed := c.next()
		by, failed := c.result()
		pid := who(by)
		if len(failed) > 0 || pid == "" && late {
			p.t.Fatalf("answers: %v; failed: %v; stdout:\n%sstderr:\n%s", by, failed, p.stdout.String(), p.stderr.String())
		}
		if pid != "" {
			return pid
		}
		select {
		case <-changed:
		case <-deadline:
			late = true
		}
	}
}

// request asks once.
func request(network, address string) (answer, error) {
	conn, err := net.Dial(network, address)
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		return answer{}, err
	}
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
