package main_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"entrypoint/supervisor/eventually"
)

// steered is a supervisor with the two sockets, and how a client gets there.
type steered struct {
	*initProcess
	url map[string]string // by "unix" and "tcp"
}

// steeredConfig is what both supervisors are given. {DIR} and {TCP} are their own.
const steeredConfig = `
[supervisord]
nodaemon = true
logfile = {DIR}/main.log
pidfile = {DIR}/pid
identifier = shop
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[unix_http_server]
file = {DIR}/s
{LOGIN}
[inet_http_server]
port = {TCP}
{LOGIN}
[program:cat]
command = /bin/cat
startsecs = 0
stdout_logfile = {DIR}/cat.log
stderr_logfile = {DIR}/cat.err
[program:two]
command = sleep 1000
startsecs = 0
process_name = two_%(process_num)d
numprocs = 2
stdout_logfile = {DIR}/two.log
stderr_logfile = {DIR}/two.err
[program:off]
command = sleep 1000
startsecs = 0
autostart = false
stdout_logfile = {DIR}/off.log
stderr_logfile = {DIR}/off.err
[program:nofile]
command = /nonexistent/command
autostart = false
stdout_logfile = NONE
stderr_logfile = NONE
[program:notexec]
command = {DIR}/main.log
autostart = false
stdout_logfile = NONE
stderr_logfile = NONE
[program:bad]
command = false
autostart = false
startsecs = 30
startretries = 0
stdout_logfile = NONE
stderr_logfile = NONE
[program:exits]
command = sh -c "exit 3"
startsecs = 0
autorestart = false
user = root
serverurl = http://elsewhere:1/
stdout_logfile = NONE
stderr_logfile = NONE
[program:dir]
command = /etc
autostart = false
stdout_logfile = NONE
stderr_logfile = NONE
[program:one]
command = sleep 1000
startsecs = 0
stdout_logfile = {DIR}/one.log
stderr_logfile = {DIR}/one.err
[group:g]
programs = one
priority = 5
`

// steer starts a supervisor with the configuration.
func steer(t *testing.T, supervisor, login string) *steered {
	t.Helper()
	tcp, _ := freeAddress(t, "tcp")
	p := prepare(t)
	p.Path, p.Args = supervisor, []string{"supervisord", "-n", "-c", "supervisord.conf"}
	p.Env = append(p.Env, "ENTRYPOINT_EXIT_ON=never", "ENTRYPOINT_SOCKET="+p.socket(), "TZ=UTC")
	s := &steered{p, map[string]string{"unix": "unix://" + p.Dir + "/s", "tcp": "http://" + tcp}}
	s.configure(strings.NewReplacer("{TCP}", tcp, "{LOGIN}", login).Replace(steeredConfig))
	p.start()
	p.awaitSocketFile(p.Dir + "/s")
	return s
}

func (s *steered) configure(text string) {
	s.write("supervisord.conf", strings.ReplaceAll(text, "{DIR}", s.Dir))
}

// change replaces a part of the configuration.
func (s *steered) change(old, now string) {
	s.t.Helper()
	text := s.read("supervisord.conf")
	if !strings.Contains(text, old) {
		s.t.Fatalf("no %q in the configuration", old)
	}
	s.write("supervisord.conf", strings.Replace(text, old, now, 1))
}

// volatile is what differs from one run to the next.
var volatile = []struct {
	what *regexp.Regexp
	text string
}{
	{regexp.MustCompile(`pid \d+`), "pid PID"},
	{regexp.MustCompile(`uptime [\d:]+`), "uptime TIME"},
	{regexp.MustCompile(`[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M`), "DATE"},
	{regexp.MustCompile(`(?m)^(supervisor> )?\d+$`), "${1}NUMBER"},
	{regexp.MustCompile(`(http://)?127\.\d+\.\d+\.\d+:\d+`), "ADDRESS"},
	{regexp.MustCompile(`file: \S+ line: \d+`), "file: F line: N"},
	{regexp.MustCompile(`two:two_\d: (stopped|started|signalled)`), "two:two_N: $1"}, // in the order in which they end
	{regexp.MustCompile(`killasgroup: bool \w+`), "killasgroup: OURS"},               // whatever is left over is ended here
}

// plain takes out what differs from one run to the next.
func (s *steered) plain(text string) string {
	text = strings.ReplaceAll(text, s.Dir, "DIR")
	for _, v := range volatile {
		text = v.what.ReplaceAllString(text, v.text)
	}
	return text
}

// run runs a client and returns what it has printed, and its exit code.
func (s *steered) run(input string, argv ...string) string {
	c := exec.Command(argv[0], argv[1:]...)
	c.Dir, c.Env = s.Dir, append(os.Environ(), "TZ=UTC")
	c.Stdin = strings.NewReader(input)
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		return err.Error()
	}
	return s.plain(string(out)) + "exit code " + itoa(c.ProcessState.ExitCode()) + "\n"
}

// pair is supervisord and entry-point with the same configuration.
type pair struct {
	t          *testing.T
	real, ours *steered
	ini, login string
}

func openPair(t *testing.T, password string) *pair {
	t.Helper()
	p := &pair{t: t, ini: filepath.Join(t.TempDir(), "ctl.conf"), login: password}
	if err := os.WriteFile(p.ini, []byte("[supervisorctl]\n"), 0o644); err != nil { // else the system's is read
		t.Fatal(err)
	}
	lines := ""
	if password != "" {
		lines = "username = user\npassword = " + password
	}
	real, err := exec.LookPath("supervisord")
	if err != nil {
		t.Fatal(err)
	}
	p.both(func(s **steered, supervisor string) { *s = steer(t, supervisor, lines) }, real)
	return p
}

// both does something for either side at the same time.
func (p *pair) both(f func(s **steered, supervisor string), real string) {
	var side sync.WaitGroup
	side.Go(func() { f(&p.real, real) })
	side.Go(func() { f(&p.ours, binary) })
	side.Wait()
}

// same runs a client against both and compares.
func (p *pair) same(what, input string, argv func(s *steered) []string) {
	p.t.Helper()
	var real, ours string
	p.both(func(s **steered, supervisor string) {
		text := (*s).run(input, argv(*s)...)
		if supervisor == binary {
			ours = text
		} else {
			real = text
		}
	}, "")
	if real != ours {
		p.t.Errorf("%s: supervisord\n%s\nentry-point\n%s", what, differing(real, ours), differing(ours, real))
	}
}

// differing are the lines of a that b has not.
func differing(a, b string) string {
	has := map[string]bool{}
	for line := range strings.Lines(b) {
		has[line] = true
	}
	text := ""
	for line := range strings.Lines(a) {
		if !has[line] {
			text += "\t" + line
		}
	}
	if text == "" {
		return "\t(the same lines in another order)\n" + a
	}
	return text
}

// ctl is supervisorctl's command line.
func (p *pair) ctl(network string, args ...string) func(s *steered) []string {
	return func(s *steered) []string {
		argv := []string{"supervisorctl", "-c", p.ini, "-s", s.url[network]}
		if p.login != "" {
			argv = append(argv, "-u", "user", "-p", p.login)
		}
		return append(argv, args...)
	}
}

// commands are what users type, in order; each is compared with its exit code.
var commands = []string{
	"status", "status cat two:*", "status nobody", "status nobody:*", "status g:one", "version x", "pid cat", "pid off", "pid nobody", "pid all",
	"stop two:*", "start two:*", "start cat", "start nobody", "start nobody:*", "start off", "restart off", "stop off", "stop off", "stop nobody", "stop nobody:*",
	"start nofile", "start notexec", "start bad", "start dir", "status exits", "start", "stop", "restart", "signal", "signal HUP", "restart nobody",
	"signal HUP nobody", "signal USR9 cat", "signal CONT cat", "signal CONT off", "signal CONT two:*", "signal CONT all",
	"avail", "avail x", "reread", "update", "update nobody", "remove cat", "remove nobody", "add nobody", "add cat",
	"remove off", "status off", "add off", "status off",
	"tail cat", "tail -5 cat stderr", "tail nobody", "tail cat nothing", "tail -x cat", "tail", "tail -5", "maintail -x", "maintail a b",
	"clear cat", "clear nobody", "clear", "fg", "fg nobody", "fg off", "fg a b",
	"help", "help nobody", "stpo cat", "status two:two_0 two:two_1",
}

// TestRealSupervisorctl: Debian's supervisorctl and Python's transport steer
// entry-point as they do supervisord: both sockets, with a password and without.
func TestRealSupervisorctl(t *testing.T) {
	t.Parallel()
	for name, password := range map[string]string{"with a password": "secret", "without": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := openPair(t, password)
			one, other := "unix", "tcp"
			if password == "" {
				one, other = other, one
			}
			p.foreground(one)
			p.same("commands", strings.Join(commands, "\n"), func(s *steered) []string {
				return append([]string{"/usr/bin/python3", client(t, "commands.py")}, p.ctl(one)(s)[1:]...)
			})
			// All of them again, by the other socket, in one shell.
			p.same("the shell", strings.Join(commands, "\n")+"\nexit\n", p.ctl(other))

			for _, network := range []string{one, other} {
				p.same("methods by "+network, "", func(s *steered) []string {
					login := []string{"", ""}
					if password != "" {
						login = []string{"user", password}
					}
					return append([]string{"/usr/bin/python3", client(t, "methods.py"), s.url[network]}, login...)
				})
			}
			p.same("sizes", "", func(s *steered) []string {
				login := []string{"", ""}
				if password != "" {
					login = []string{"user", password}
				}
				return append([]string{"/usr/bin/python3", client(t, "sizes.py"), s.url[one]}, login...)
			})
			p.follow(one)
			if password != "" {
				for _, network := range []string{one, other} {
					p.same("a wrong password", "", func(s *steered) []string {
						return []string{"supervisorctl", "-c", p.ini, "-s", s.url[network], "-u", "user", "-p", "wrong", "status"}
					})
				}
			}
			for _, s := range []*steered{p.real, p.ours} {
				s.change("[group:g]\nprograms = one\npriority = 5\n", "[program:new]\ncommand = sleep 1000\nstartsecs = 0\nstdout_logfile = NONE\nstderr_logfile = NONE\n[group:g]\nprograms = one\npriority = 6\n")
				s.change("[program:off]\ncommand = sleep 1000", "[program:off]\ncommand = sleep 2000")
			}
			for _, line := range []string{"reread", "avail", "update new", "update", "status", "update", "avail"} {
				p.same("changed: "+line, "", p.ctl(one, strings.Fields(line)...))
			}
			for _, s := range []*steered{p.real, p.ours} {
				s.change("[program:new]\ncommand", "[program:new]\ncommnad")
			}
			for _, s := range []*steered{p.real, p.ours} {
				if out := s.run("", p.ctl(one, "reread")(s)...); !strings.HasPrefix(out, "ERROR: CANT_REREAD: ") || !strings.HasSuffix(out, "exit code 1\n") {
					t.Errorf("reread of a bad file: %s", out)
				}
				s.change("commnad", "command")
			}
			p.same("reload", "", p.ctl(one, "reload"))
			for _, s := range []*steered{p.real, p.ours} {
				s.awaitStatus(func() string { return s.run("", p.ctl(one, "status", "cat")(s)...) })
			}
			p.same("after reload", "", p.ctl(one, "status"))
			p.same("shutdown", "", p.ctl(one, "shutdown"))
			p.ours.wantCode(0)
			p.real.wantCode(0)
			p.same("nobody there", "", p.ctl(one, "status"))
		})
	}
}

// client is the path of a script.
func client(t *testing.T, name string) string {
	path, err := filepath.Abs("testdata/clients/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// awaitStatus waits until a program runs again.
func (s *steered) awaitStatus(status func() string) {
	s.t.Helper()
	eventually.So(s.t, "it runs", func() bool { return strings.Contains(status(), "RUNNING") },
		func() string { return status() + "; stderr:\n" + s.stderr.String() })
}

// conversation is a supervisorctl that is talked to.
type conversation struct {
	*exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	said string
}

func (p *pair) talk(s *steered, network string, args ...string) *conversation {
	p.t.Helper()
	argv := p.ctl(network, args...)(s)
	c := &conversation{Cmd: exec.Command(argv[0], argv[1:]...)}
	c.Env = append(os.Environ(), "PYTHONUNBUFFERED=1")
	in, err := c.StdinPipe()
	if err == nil {
		var out io.ReadCloser
		if out, err = c.StdoutPipe(); err == nil {
			c.in, c.out = in, bufio.NewReader(out)
			err = c.Start()
		}
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// until reads lines until one has a part.
func (c *conversation) until(part string) {
	for {
		line, err := c.out.ReadString('\n')
		if c.said += line; err != nil || strings.Contains(line, part) {
			return
		}
	}
}

// foreground is fg. supervisorctl's thread for the output ends when there is some,
// so it is killed.
func (p *pair) foreground(network string) {
	p.t.Helper()
	said := map[bool]string{}
	for _, s := range []*steered{p.real, p.ours} {
		c := p.talk(s, network, "fg", "cat")
		c.until("==> Press")
		_, _ = c.in.Write([]byte("hello\n"))
		c.until("hello")
		c.in.Close()
		c.until("Exiting")
		_ = c.Process.Kill()
		_ = c.Wait()
		said[s == p.real] = c.said
	}
	if said[true] != said[false] || !strings.Contains(said[true], "hello\n") {
		p.t.Errorf("fg: supervisord\n%s\nentry-point\n%s", said[true], said[false])
	}
}

// follow is tail -f and maintail -f, until Ctrl-C.
func (p *pair) follow(network string) {
	p.t.Helper()
	for _, args := range [][]string{{"tail", "-f", "cat"}, {"maintail", "-f"}} {
		said := map[bool]string{}
		for _, s := range []*steered{p.real, p.ours} {
			c := p.talk(s, network, args...)
			c.until("==> Press")
			if args[0] == "tail" {
				s.run("", "/usr/bin/python3", "-c", feed, s.url[network], p.login)
				c.until("followed")
			} else {
				before := c.said
				c.until("")
				if c.said != before {
					c.said = before + "something\n"
				}
			}
			_ = c.Process.Signal(syscall.SIGINT)
			if rest, _ := io.ReadAll(c.out); args[0] == "tail" {
				c.said += string(rest)
			}
			_ = c.Wait()
			said[s == p.real] = strings.TrimRight(s.plain(c.said), "\n") + "\nexit code " + itoa(c.ProcessState.ExitCode())
		}
		if said[true] != said[false] {
			p.t.Errorf("%v: supervisord\n%s\nentry-point\n%s", args, said[true], said[false])
		}
	}
}

// feed writes to a program's standard input.
const feed = `
import sys, xmlrpc.client
from supervisor.xmlrpc import SupervisorTransport
login = ("user", sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] else (None, None)
xmlrpc.client.ServerProxy("http://127.0.0.1", transport=SupervisorTransport(*login, serverurl=sys.argv[1])).supervisor.sendProcessStdin("cat", "followed\n")
`
