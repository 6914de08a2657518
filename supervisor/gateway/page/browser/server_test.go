package browser

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"entrypoint/supervisor/gateway/realserver"
)

// server is an entry-point with its page.
type server struct {
	t    *testing.T
	url  string
	said *os.File // what is written here web prints
}

func TestMain(m *testing.M) { os.Exit(realserver.Main(m)) }

func serve(t *testing.T) *server {
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
	return &server{t: t, said: said, url: realserver.Start(t, `
[supervisord]
identifier = shop
[program:web]
command = sh -c "trap : USR1; printf 'started \033[31m<i>red</i>\033[0m\n'; while :; do if read -r line; then echo $line; fi; done <`+fifo+`"
startsecs = 0
[program:later]
command = sleep 1000
autostart = no
startsecs = 0
[program:bad]
command = sh -c "exit 3"
startretries = 0
critical = no
`)}
}

// pid is that of a program now.
func (s *server) pid(name string) int {
	s.t.Helper()
	client := http.Client{Timeout: patience}
	res, err := client.Get(s.url + "/v1/programs/" + name)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	p := struct{ PID int }{}
	if err := json.Unmarshal(text, &p); err != nil {
		s.t.Fatalf("%v in %s", err, text)
	}
	return p.PID
}

// print lets web print a line.
func (s *server) print(line string) {
	s.t.Helper()
	if _, err := s.said.WriteString(line + "\n"); err != nil {
		s.t.Fatal(err)
	}
}
