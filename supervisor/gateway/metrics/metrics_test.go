package metrics

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/route/openly"
)

// world has some programs; nil: it does not answer.
type world []*control.Program

func (w world) Do(_ context.Context, r *control.Request, each func(*control.Answer) error) error {
	switch {
	case w == nil:
		return errors.New("refused")
	case r.Do == control.DoInfo:
		return each(&control.Answer{Info: &control.Info{Version: "1.2", Orphans: 3, Waited: 0.25, Started: time.UnixMilli(1500)}})
	case r.Do == control.DoUsage:
		_ = each(&control.Answer{Usage: &control.Usage{Processes: 2, Zombies: 1, CPU: 0.5, Memory: 4096}})
		return each(&control.Answer{Usage: &control.Usage{Name: "g:web", Processes: 3, CPU: 1.5, Memory: 1 << 20, Descriptors: 9}})
	}
	for _, p := range w {
		_ = each(&control.Answer{Program: p})
	}
	return nil
}

func scrape(w world, accept string) *httptest.ResponseRecorder {
	mux := openly.Serve(Routes(w))
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.Header.Set("Accept", accept)
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, r)
	return answer
}

var web = &control.Program{
	Name: `w"e\b` + "\n", Group: "g", FullName: "g:web", State: "RUNNING", PID: 7, Ready: true, Starts: 3, Restarts: 2, Started: time.UnixMilli(2500),
	Exits: []control.Exits{{Code: 3, Count: 1}, {Code: 137, Signal: "SIGKILL", Count: 1}},
}

// TestSamples: every number, in both formats, with names that need escaping.
func TestSamples(t *testing.T) {
	const program = `{program="w\"e\\b\n",group="g"`
	both := []string{
		"entrypoint_program_state" + program + `,entrypoint_program_state="RUNNING"} 1`,
		"entrypoint_program_state" + program + `,entrypoint_program_state="FATAL"} 0`,
		"entrypoint_program_ready" + program + "} 1",
		"entrypoint_program_starts_total" + program + "} 3",
		"entrypoint_program_restarts_total" + program + "} 2",
		"entrypoint_program_exits_total" + program + `,code="3",signal=""} 1`,
		"entrypoint_program_exits_total" + program + `,code="",signal="SIGKILL"} 1`,
		"entrypoint_program_start_time_seconds" + program + "} 2.5",
		"entrypoint_program_processes" + program + "} 3",
		"entrypoint_program_cpu_seconds_total" + program + "} 1.5",
		"entrypoint_program_resident_memory_bytes" + program + "} 1.048576e+06",
		"entrypoint_program_open_fds" + program + "} 9",
		`entrypoint_build_info{version="1.2"} 1`, "entrypoint_init_orphans_reaped_total 3", "entrypoint_init_zombies 1",
		"entrypoint_init_loop_latency_seconds 0.25", "entrypoint_init_start_time_seconds 1.5",
	}
	for accept, c := range map[string]struct {
		kind  string
		lines []string
	}{
		"": {plainType, []string{"# TYPE entrypoint_program_starts_total counter", "# TYPE entrypoint_program_state gauge", "# TYPE entrypoint_build_info gauge"}},
		"application/openmetrics-text; version=1.0.0,text/plain;q=0.5": {
			openType,
			[]string{"# TYPE entrypoint_program_starts counter", "# TYPE entrypoint_program_state stateset", "# TYPE entrypoint_build info", "# UNIT entrypoint_program_cpu_seconds seconds", "# EOF"},
		},
	} {
		answer := scrape(world{web}, accept)
		lines := "\n" + answer.Body.String()
		if got := answer.Header().Get("Content-Type"); answer.Code != 200 || got != c.kind {
			t.Errorf("%q: %d %s", accept, answer.Code, got)
		}
		for _, line := range append(c.lines, both...) {
			if !strings.Contains(lines, "\n"+line+"\n") {
				t.Errorf("%q: no %s in\n%s", accept, line, lines)
			}
		}
	}
	if answer := scrape(nil, ""); answer.Code != http.StatusServiceUnavailable {
		t.Errorf("without entry-point: %d", answer.Code)
	}
}

// crowd is a world that answers when it is told to.
type crowd struct {
	world
	begun, answer chan struct{}
}

func (c crowd) Do(ctx context.Context, r *control.Request, each func(*control.Answer) error) error {
	if r.Do == control.DoInfo {
		c.begun <- struct{}{}
		<-c.answer
	}
	return c.world.Do(ctx, r, each)
}

// TestManyScrapes: so many at a time; the others wait, until they give up.
func TestManyScrapes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd{world{web}, make(chan struct{}, 100), make(chan struct{})}
		mux := openly.Serve(Routes(c))
		codes := make(chan int, 100)
		scrape := func() {
			answer := httptest.NewRecorder()
			mux.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
			codes <- answer.Code
		}
		for range scrapes + 3 {
			go scrape()
		}
		synctest.Wait()
		if n := len(c.begun); n != scrapes {
			t.Errorf("%d scrapes at a time, want %d", n, scrapes)
		}
		c.answer <- struct{}{} // to one, whose place another one takes
		synctest.Wait()
		if code, n := <-codes, len(c.begun); code != 200 || n != scrapes+1 {
			t.Errorf("%d; %d have begun, want %d", code, n, scrapes+1)
		}
		for range 2 { // after scrapeTime
			if code := <-codes; code != http.StatusServiceUnavailable {
				t.Errorf("one too many: %d", code)
			}
		}
		for range scrapes {
			c.answer <- struct{}{}
		}
	})
}

// slow takes one piece and no more in time.
type slow struct {
	*httptest.ResponseRecorder
	late func()
}

func (s slow) Write(b []byte) (int, error) {
	s.late()
	return s.ResponseRecorder.Write(b)
}

// TestSlowScraper: it does not get the rest.
func TestSlowScraper(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	answer := httptest.NewRecorder()
	mux := openly.Serve(Routes(many(1000)))
	mux.ServeHTTP(slow{answer, cancel}, httptest.NewRequestWithContext(ctx, "GET", "/metrics", nil))
	if n := answer.Body.Len(); n != piece {
		t.Errorf("it got %d bytes", n)
	}
}

// many are n programs.
func many(n int) (w world) {
	for i := range n {
		p := *web
		p.Name = "program-" + strconv.Itoa(i)
		w = append(w, &p)
	}
	return w
}

// BenchmarkScrape is the work for 1,000 programs.
func BenchmarkScrape(b *testing.B) {
	w := many(1000)
	for b.Loop() {
		if answer := scrape(w, ""); answer.Code != 200 {
			b.Fatal(answer.Code)
		}
	}
}
