package flask_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"entrypoint/examples/internal/dockertest"
)

// counting starts the example with the application that counts its requests.
func counting(t *testing.T, flags ...string) *dockertest.Container {
	t.Helper()
	c := dockertest.Start(t, dockertest.Spec{
		Image: flask(t),
		Flags: append(append(publish("80"), mount(folder(t, "testdata/counting"), "/app")), flags...),
	})
	c.WaitServing(80, "/")
	return c
}

// counted returns the requests that reached the application, in a container
// that may have ended.
func counted(t *testing.T, c *dockertest.Container) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "requests")
	dockertest.Docker(t, "cp", c.ID+":/run/requests", path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(data))
}

// waitWorkers waits until so many workers of uWSGI have both of their threads, and these rest
// between two looks. A worker that gets INT while it makes them may wait in its handler for a
// lock of its own for ever (uWSGI 2.0.21, of 36 stops at that moment beside busy loops two,
// without entry-point).
func waitWorkers(t *testing.T, c *dockertest.Container, workers int) {
	t.Helper()
	var before map[string]string
	dockertest.Eventually(t, fmt.Sprintf("%d workers have two threads, which rest", workers), func() bool {
		now := threads(c)
		resting := map[string]int{} // by process
		for thread, is := range now {
			process, id, _ := strings.Cut(thread, "/")
			// The second one blocks all signals before it is one of Python's.
			if before[thread] == is && strings.HasPrefix(is, "S ") && (id == process) == strings.Contains(is, " 0000000000000000 ") {
				resting[process]++
			}
		}
		before = now
		n := 0
		for _, threads := range resting {
			if threads == 2 {
				n++
			}
		}
		return n >= workers
	})
}

// threads are the threads of uWSGI, by PROCESS/THREAD, with their state, what signals they
// block, and how often they have waited.
func threads(c *dockertest.Container) map[string]string {
	const look = `grep -l '^Name:.uwsgi' /proc/[0-9]*/task/*/status | xargs grep -E '^(State|SigBlk|voluntary_ctxt_switches):'`
	all := map[string]string{}
	for _, line := range strings.Split(c.Exec("sh", "-c", look).Stdout, "\n") {
		file, text, _ := strings.Cut(line, ":")
		path := strings.Split(file, "/") // /proc/PROCESS/task/THREAD/status
		if _, value, ok := strings.Cut(text, "\t"); ok && len(path) == 6 {
			all[path[2]+"/"+path[4]] += strings.Fields(value)[0] + " "
		}
	}
	return all
}

// TestStopInFlight stops the container while a request is being answered.
func TestStopInFlight(t *testing.T) {
	t.Parallel()
	for name, ini := range map[string]struct {
		lines   string
		workers int
	}{
		"the tutorial's app.ini":             {"", 4},
		"master":                             {"master = true\n", 4},
		"master, die-on-term":                {"master = true\ndie-on-term = true\n", 4},
		"master, gracefully_kill_them_all":   {"master = true\nhook-master-start = unix_signal:15 gracefully_kill_them_all\n", 4},
		"master, more processes and threads": {"master = true\nprocesses = 6\nenable-threads = true\n", 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := counting(t, mount(file(t, appINI(t)+ini.lines), "/app.ini"))
			waitWorkers(t, c, ini.workers)
			type answer struct {
				status int
				body   string
			}
			answered := make(chan answer, 1)
			go func() {
				status, body := c.Get(80, "/slow?s=3&id=in-flight")
				answered <- answer{status, body}
			}()
			dockertest.Eventually(t, "the request reaches the application", func() bool {
				return c.Exec("test", "-s", "/run/requests").Code == 0
			})
			checkStop(t, c, 0)
			if a := <-answered; a.status != http.StatusOK || a.body != "in-flight" {
				t.Errorf("the request in flight got %d %q", a.status, a.body)
			}
		})
	}
}

// TestStopUnderLoad stops the container while clients keep asking. A request is
// lost when the application saw it, or nginx answered anything at all to it,
// and its client did not get 200.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	for name, ini := range map[string]string{"no master": "", "master": "master = true\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := counting(t, mount(file(t, appINI(t)+ini), "/app.ini"))
			waitWorkers(t, c, 4)
			load := startLoad(c)
			dockertest.Eventually(t, "500 requests are answered", func() bool {
				return load.answered() >= 500
			})
			checkStop(t, c, 0)
			load.stop()

			seen := counted(t, c)
			t.Logf("%d requests answered, %d seen by the application; then %d refused, %d reset", load.answered(), len(seen), load.refused, load.reset)
			for _, bad := range load.bad {
				t.Error(bad)
			}
			lost := 0
			for _, id := range seen {
				if !load.ok[id] {
					lost++
				}
			}
			if lost != 0 || len(seen) != len(load.ok) {
				t.Errorf("%d requests reached the application, %d were answered, %d lost", len(seen), len(load.ok), lost)
			}
		})
	}
}

// load is clients that ask without a pause, each request on a connection of its
// own, and write down what became of it.
type load struct {
	wait sync.WaitGroup
	done chan struct{}

	mu      sync.Mutex
	ok      map[string]bool // answered with 200 and the right body
	refused int             // nobody listened any more
	reset   int             // the kernel had queued it when the listener closed
	bad     []string        // answered with something else
}

func startLoad(c *dockertest.Container) *load {
	l := &load{done: make(chan struct{}), ok: map[string]bool{}}
	client := &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: c.Dialer()},
	}
	for n := range 8 {
		l.wait.Go(func() {
			// Bounded, should nobody ever stop it.
			for i := range 20000 {
				select {
				case <-l.done:
					return
				default:
					if !l.ask(client, fmt.Sprintf("%d-%d", n, i)) {
						return
					}
				}
			}
		})
	}
	return l
}

// ask makes one request and reports whether the server is still there.
func (l *load) ask(client *http.Client, id string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", "http://127.0.0.1/slow?s=0.02&id="+id, nil)
	if err != nil {
		panic(err)
	}
	resp, err := client.Do(req)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		// That neither was accepted by nginx is seen in the application's count.
		if errors.Is(err, syscall.ECONNREFUSED) {
			l.refused++
		} else {
			l.reset++
		}
		return false
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || string(body) != id {
		l.bad = append(l.bad, fmt.Sprintf("request %s got %d %q %v", id, resp.StatusCode, body, err))
		return true
	}
	l.ok[id] = true
	return true
}

func (l *load) answered() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ok)
}

func (l *load) stop() {
	close(l.done)
	l.wait.Wait()
}

func appINI(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("app.ini")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func nginxConf(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
