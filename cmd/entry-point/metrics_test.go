package main_test

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/skip"
)

// openParser is Prometheus' own reader of OpenMetrics, which is strict; it prints
// what it has read.
const openParser = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    for s in family.samples:
        print(s.name, sorted(s.labels.items()), float(s.value))
`

func (p *initProcess) scrape(address, accept string) string {
	p.t.Helper()
	r, err := http.NewRequest("GET", "http://"+address+"/metrics", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	client := http.Client{Timeout: patience}
	res, err := client.Do(r)
	if err != nil {
		p.t.Fatalf("%v; stderr:\n%s", err, p.stderr.String())
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		p.t.Fatalf("%s %v %s", res.Status, err, text)
	}
	return string(text)
}

// filter runs a command over a text.
func filter(t *testing.T, text string, argv ...string) string {
	t.Helper()
	skip.Unless(t, has(argv[0]), argv[0])
	c := exec.Command(argv[0], argv[1:]...)
	c.Stdin = strings.NewReader(text)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s\nof\n%s", argv[0], err, out, text)
	}
	return string(out)
}

func has(command string) bool {
	_, err := exec.LookPath(command)
	return err == nil
}

// TestMetrics: what Prometheus' own tools make of a running container.
func TestMetrics(t *testing.T) {
	t.Parallel()
	tcp, _ := freeAddress(t, "tcp")
	p := controlled(t, `
[inet_http_server]
port = `+tcp+`
[program:web]
command = sh -c "echo web is here; `+loop+`"
startsecs = 0
[program:bad]
command = sh -c "exit 3"
startsecs = 30
startretries = 0
critical = no
`)
	p.withProc()
	p.start()
	p.await(&p.stderr, "bad: exit code 3")
	p.await(&p.stdout, "web is here")
	p.ctl(binary, "ctl", "signal", "KILL", "web")
	p.awaitTimes(&p.stdout, "web is here", 2)

	plain := p.scrape(tcp, "")
	if said := filter(t, plain, "promtool", "check", "metrics"); said != "" {
		t.Errorf("promtool: %s", said)
	}
	read := filter(t, p.scrape(tcp, "application/openmetrics-text; version=1.0.0"), "/usr/bin/python3", "-c", openParser)
	for _, want := range []string{
		"entrypoint_program_state [('entrypoint_program_state', 'RUNNING'), ('group', 'web'), ('program', 'web')] 1.0",
		"entrypoint_program_state [('entrypoint_program_state', 'FATAL'), ('group', 'bad'), ('program', 'bad')] 1.0",
		"entrypoint_program_starts_total [('group', 'web'), ('program', 'web')] 2.0",
		"entrypoint_program_restarts_total [('group', 'web'), ('program', 'web')] 1.0",
		"entrypoint_program_exits_total [('code', ''), ('group', 'web'), ('program', 'web'), ('signal', 'SIGKILL')] 1.0",
		"entrypoint_program_exits_total [('code', '3'), ('group', 'bad'), ('program', 'bad'), ('signal', '')] 1.0",
		"entrypoint_program_ready [('group', 'web'), ('program', 'web')] 1.0",
		"entrypoint_init_zombies [] 0.0",
	} {
		if !strings.Contains(read, want+"\n") {
			t.Errorf("no %s in\n%s", want, read)
		}
	}
	if _, err := os.Stat("/sys/fs/cgroup"); err == nil && !strings.Contains(read, "entrypoint_container_memory_usage_bytes [] ") {
		t.Errorf("nothing of the container in\n%s", read)
	}
	for _, name := range []string{"entrypoint_init_resident_memory_bytes []", "entrypoint_init_open_fds []", "entrypoint_init_start_time_seconds []", "entrypoint_program_resident_memory_bytes [('group', 'web'), ('program', 'web')]"} {
		if v := value(read, name); v <= 0 {
			t.Errorf("%s: %v in\n%s", name, v, read)
		}
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// value is that of a sample as openParser prints it; -1: there is none.
func value(read, name string) float64 {
	_, rest, _ := strings.Cut("\n"+read, "\n"+name+" ")
	number, _, _ := strings.Cut(rest, "\n")
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return -1
	}
	return v
}

// kernelSays is the resident memory and the open descriptors of a process.
func kernelSays(pid string) [2]float64 {
	stat, _ := os.ReadFile("/proc/" + pid + "/stat")
	_, rest, _ := strings.Cut(string(stat), ") ")
	words := strings.Fields(rest)
	if len(words) < 22 {
		return [2]float64{-1, -1}
	}
	pages, _ := strconv.Atoi(words[21])
	fds, _ := os.ReadDir("/proc/" + pid + "/fd")
	return [2]float64{float64(pages * os.Getpagesize()), float64(len(fds))}
}

// TestMetricsOfProcess: the numbers of a process are the kernel's. HEAD is a scrape
// without the text.
func TestMetricsOfProcess(t *testing.T) {
	t.Parallel()
	tcp, _ := freeAddress(t, "tcp")
	p := controlled(t, "[inet_http_server]\nport = "+tcp+"\n[program:still]\ncommand = sleep 1000\n")
	p.withProc()
	p.start()
	p.await(&p.stderr, "still: running")
	children, err := os.ReadFile("/proc/" + itoa(p.Process.Pid) + "/task/" + itoa(p.Process.Pid) + "/children")
	if err != nil {
		t.Fatal(err)
	}
	pid, _, _ := strings.Cut(string(children), " ")
	if comm, _ := os.ReadFile("/proc/" + pid + "/comm"); string(comm) != "sleep\n" {
		t.Fatalf("process %s is %q", pid, comm)
	}
	for begin := time.Now(); ; {
		before := kernelSays(pid)
		read := filter(t, p.scrape(tcp, "application/openmetrics-text"), "/usr/bin/python3", "-c", openParser)
		if kernelSays(pid) == before { // and it has not changed meanwhile
			const labels = " [('group', 'still'), ('program', 'still')]"
			got := [2]float64{value(read, "entrypoint_program_resident_memory_bytes"+labels), value(read, "entrypoint_program_open_fds"+labels)}
			if got != before || before[0] <= 0 || before[1] < 3 {
				t.Errorf("memory and descriptors: %v, want %v", got, before)
			}
			break
		}
		if time.Since(begin) > patience {
			t.Fatal("it does not sleep")
		}
	}

	res, err := http.Head("http://" + tcp + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if text, err := io.ReadAll(res.Body); err != nil || res.StatusCode != 200 || len(text) > 0 || res.ContentLength < 1000 {
		t.Errorf("HEAD: %s, length %d, %q, %v", res.Status, res.ContentLength, text, err)
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestScrapeConfig: the scrape configuration of examples/http is one that Prometheus takes.
func TestScrapeConfig(t *testing.T) {
	t.Parallel()
	filter(t, "", "promtool", "check", "config", "../../examples/http/prometheus.yml")
}
