package browser

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/gateway/realserver"
)

// server is an entry-point with its page.
type server struct {
	t    testing.TB
	url  string
	said *os.File // what is written here web prints
}

func TestMain(m *testing.M) { os.Exit(realserver.Main(m)) }

// serve has a program that prints what it is told, one that is not started, one that is
// given up, and a group; more is configuration.
func serve(t testing.TB, more string) *server {
	t.Helper()
	fifo := filepath.Join(t.TempDir(), "said")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { said.Close() })
	return &server{t: t, said: said, url: realserver.Start(t, more+`
[supervisord]
identifier = shop
[program:web]
command = sh -c "trap : USR1 HUP; printf 'started \033[31m<i>red</i>\033[0m\n'; while :; do if read -r line; then echo $line; fi; done <`+fifo+`"
environment = DB_PASSWORD="hush"
startsecs = 0
ready = exec:true
reload_signal = HUP
[program:later]
command = sleep 1000
autostart = no
startsecs = 0
[program:queue]
command = sleep 1000
numprocs = 3
process_name = q%(process_num)d
startsecs = 0
[program:bad]
command = sh -c "exit 3"
startsecs = 30
startretries = 0
critical = no
`)}
}

// crowd are so many programs more, one with a long name that has failed with a lot of
// words, one that does not become ready, and one that has ended badly again and again.
func crowd(n int) string {
	text := ""
	for i := range n {
		text += fmt.Sprintf("[program:app-%02d]\ncommand = sleep 1000\nstartsecs = 0\n", i)
	}
	return text + `[program:` + strings.Repeat("sixty-letters", 5)[:60] + `]
command = sh -c "echo ` + strings.Repeat("cannot connect to db.internal, ", 13) + ` >&2; exit 3"
startsecs = 30
startretries = 0
critical = no
[program:slow]
command = sleep 1000
startsecs = 0
ready = tcp:127.0.0.1:1
[program:often]
command = sh -c "echo >>often; test $(wc -l <often) -lt 4 && exit 3; exec sleep 1000"
startsecs = 0
critical = no
`
}

// pidAt is the process id in what the API says at a path, 0 for none.
func (s *server) pidAt(path string) int {
	s.t.Helper()
	client := http.Client{Timeout: patience}
	res, err := client.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var v struct{ PID int }
	if err := json.Unmarshal(text, &v); err != nil {
		s.t.Fatalf("%v in %s", err, text)
	}
	return v.PID
}

// pid is that of a program now.
func (s *server) pid(name string) int { return s.pidAt("/v1/programs/" + name) }

// supervisor is the pid of entry-point.
func (s *server) supervisor() int { return s.pidAt("/v1/info") }

// kill sends a signal to a process.
func (s *server) kill(pid int, sig syscall.Signal) {
	s.t.Helper()
	err := error(syscall.ESRCH) // there is no process 0, only our own group
	if pid > 0 {
		err = syscall.Kill(pid, sig)
	}
	if err != nil {
		s.t.Fatalf("cannot signal %d: %v", pid, err)
	}
}

// gateway is the pid of the gateway that runs now.
func (s *server) gateway() int {
	s.t.Helper()
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", s.supervisor()))
	for _, file := range threads {
		children, _ := os.ReadFile(file)
		for _, child := range strings.Fields(string(children)) {
			if name, _ := os.ReadFile("/proc/" + child + "/comm"); strings.HasPrefix(string(name), "entry-point-gat") {
				pid, err := strconv.Atoi(child)
				if err != nil {
					s.t.Fatal(err)
				}
				return pid
			}
		}
	}
	s.t.Fatal("there is no gateway")
	return 0
}

// print lets web print a line.
func (s *server) print(line string) {
	s.t.Helper()
	if _, err := s.said.WriteString(line + "\n"); err != nil {
		s.t.Fatal(err)
	}
}
