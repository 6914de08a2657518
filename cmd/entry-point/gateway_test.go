package main_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/activation"
	"entrypoint/supervisor/eventually"
)

// besieged runs testdata/attack.py as a program beside a gateway that runs, and
// returns what it has printed. as is entry-point's own start, such as setpriv.
func besieged(t *testing.T, thief string, as ...string) (p *initProcess, said string) {
	t.Helper()
	script, err := filepath.Abs("testdata/attack.py")
	if err != nil {
		t.Fatal(err)
	}
	tcp, _ := freeAddress(t, "tcp")
	p = configured(t, map[string]string{"programs.conf": "[inet_http_server]\nport = " + tcp + "\nusername = u\npassword = hush\n" +
		"[program:victim]\ncommand = sed -u 's/^/victim got: /'\n[program:thief]\ncommand = /usr/bin/python3 attack.py\n" + thief})
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	p.write("attack.py", string(text))
	for _, dir := range []string{p.Dir, filepath.Dir(p.Dir)} {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p.Env = append(p.Env, "ENTRYPOINT_SOCKET=none")
	p.withProc(as...)
	p.start()
	p.await(&p.stderr, "thief: started as process ")
	p.wantAnswer("tcp", tcp, "/livez", "", 200, "ok\n")
	p.await(&p.stdout, "over\n")
	p.wantAnswer("tcp", tcp, "/healthz", "", 200, "ok\n")
	said = p.stdout.String()
	if strings.Contains(said, "victim got: ") {
		t.Errorf("a program was written to:\n%s", said)
	}
	return p, said
}

// TestGatewayIsClosed: no process can look into the gateway or take its descriptors, not
// even one of its own user.
func TestGatewayIsClosed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		thief string
		as    []string
	}{
		"nobody":              {thief: "user = nobody\n"},
		"its own user":        {thief: "user = 4242\n[entrypoint]\ngateway_user = 4242\n"},
		"no root":             {as: []string{"setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "--inh-caps", "-all"}},
		"root, nothing else":  {as: withoutCapabilities["none"]},
		"root, as Docker has": {as: []string{"setpriv", "--bounding-set", "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap", "--inh-caps", "-all"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, said := besieged(t, tt.thief, tt.as...)
			if strings.Contains(said, "got ") || strings.Count(said, "no ") < 8 {
				t.Errorf("the thief said:\n%s\nstderr:\n%s", said, p.stderr.String())
			}
		})
	}
}

// TestChannelIsWorthNothing: a process that root has given every capability gets hold of
// the gateway's channel, and gets nothing by it.
func TestChannelIsWorthNothing(t *testing.T) {
	t.Parallel()
	p, said := besieged(t, "")
	if !strings.Contains(said, "got pidfd_getfd ") || !strings.Contains(said, "no connection: ") {
		t.Errorf("the thief said:\n%s\nstderr:\n%s", said, p.stderr.String())
	}
	if log := p.stderr.String(); strings.Count(log, " has got hold of its channel and is not heard") != 1 {
		t.Errorf("stderr:\n%s", log)
	}
}

// answerWithin is how soon a health check has to be answered, whatever becomes of the
// gateway, on a machine that has other work.
const answerWithin = 6 * time.Second

// wantHealth asks the two health checks that say nothing of the programs, and returns
// how long the longer answer took.
func (p *initProcess) wantHealth(socket string) (longest time.Duration) {
	p.t.Helper()
	for _, path := range []string{"/livez", "/healthz"} {
		begin := time.Now()
		p.wantAnswer("unix", socket, path, "", 200, "ok\n")
		took := time.Since(begin)
		if longest = max(longest, took); late(took, answerWithin) {
			p.t.Errorf("%s was answered after %v; stderr:\n%s", path, took, p.stderr.String())
		}
	}
	return longest
}

// TestGatewayStopped: a gateway that is stopped is noticed by the next one who comes, and
// replaced.
func TestGatewayStopped(t *testing.T) {
	t.Parallel()
	p, socket := served(t, sleeper)
	p.start().awaitSocketFile(socket)
	p.wantHealth(socket)
	longest := time.Duration(0)
	for range 5 {
		pid := p.awaitGateways(1)[0]
		if out, err := exec.Command("kill", "-STOP", pid).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		eventually.So(t, "the gateway is stopped", func() bool {
			stat, err := os.ReadFile("/proc/" + pid + "/stat")
			return err != nil || strings.Contains(string(stat), ") T ") // or it has been replaced already
		}, nil)
		longest = max(longest, p.wantHealth(socket))
		if now := p.awaitGateways(1)[0]; now == pid {
			t.Error("the stopped gateway was not replaced")
		}
	}
	t.Logf("the longest answer took %v", longest)
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if said := p.stderr.String(); !strings.Contains(said, "HTTP gateway: it is stopped; it is replaced\n") {
		t.Errorf("stderr:\n%s", said)
	}
}

// TestGatewayKilledAgainAndAgain: health checks are answered while somebody kills or
// stops every gateway.
func TestGatewayKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	for _, sig := range []string{"KILL", "STOP"} {
		t.Run(sig, func(t *testing.T) {
			t.Parallel()
			p, socket := served(t, sleeper)
			p.start().awaitSocketFile(socket)
			p.wantHealth(socket)
			done, killed := make(chan struct{}), 0
			go func() {
				defer close(done)
				last := ""
				for begin := time.Now(); killed < 20 && time.Since(begin) < patience; time.Sleep(100 * time.Millisecond) {
					if pids := p.gateways(); len(pids) > 0 && (pids[0] != last || sig != "STOP") {
						last = pids[0]
						_ = exec.Command("kill", "-"+sig, last).Run() // it may have ended
						killed++
					}
				}
			}()
			asked, cut := 0, 0
			for over := false; !over; asked++ {
				select {
				case <-done:
					over = true
				default:
				}
				code, text := get("unix", socket, "/livez", "")
				if code != 200 {
					cut++ // the one that was being answered, or that the gateway was started for
					if !strings.Contains(text, "EOF") && !strings.Contains(text, "does not start") && !strings.Contains(text, "reset") && !strings.Contains(text, "broken pipe") {
						t.Errorf("%d %s", code, text)
					}
				}
			}
			t.Logf("%d gateways killed, %d requests, %d of them cut", killed, asked, cut)
			if killed < 5 || cut > killed { // a gateway that ends again and again comes back later and later
				t.Errorf("stderr:\n%s", p.stderr.String())
			}
			p.wantHealth(socket)
		})
	}
}

// TestGatewayBroken: where the gateway's program never comes up, who connects is told so
// at once and does not wait.
func TestGatewayBroken(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		script string
		within time.Duration
	}{
		"ends":              {"exit 3", answerWithin},
		"says nothing":      {"exec sleep 1000", 10 * time.Second},
		"not executable":    {"", answerWithin},
		"another format":    {"\x00", answerWithin},
		"ends without word": {"exit 0", answerWithin},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, dir := range []string{dir, filepath.Dir(dir)} {
				if err := os.Chmod(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			alone := filepath.Join(dir, "entry-point")
			if out, err := exec.Command("cp", binary, alone).CombinedOutput(); err != nil {
				t.Fatalf("%v %s", err, out)
			}
			mode := os.FileMode(0o755)
			switch tt.script {
			case "":
				mode = 0o700
			case "\x00":
			default:
				tt.script = "#!/bin/sh\n" + tt.script + "\n"
			}
			if err := os.WriteFile(filepath.Join(dir, activation.Name), []byte(tt.script), mode); err != nil {
				t.Fatal(err)
			}
			p, socket := served(t, sleeper)
			p.Path = alone
			p.start().awaitSocketFile(socket)
			for i := range 5 {
				begin := time.Now()
				if i == 1 { // from now on it is known
					tt.within = answerWithin
				}
				p.wantAnswer("unix", socket, "/livez", "", 503, "the HTTP gateway of entry-point does not start; its log says why")
				if took := time.Since(begin); late(took, tt.within) {
					t.Errorf("the answer took %v; stderr:\n%s", took, p.stderr.String())
				}
			}
			p.kill(syscall.SIGTERM)
			p.wantCode(0)
			if said := p.stderr.String(); !strings.Contains(said, "HTTP gateway: ") {
				t.Errorf("stderr:\n%s", said)
			}
		})
	}
}

// TestIdleBesideGateway: PID 1 does nothing while a gateway runs that nobody asks.
func TestIdleBesideGateway(t *testing.T) {
	t.Parallel()
	p, socket := served(t, sleeper)
	p.start().awaitSocketFile(socket)
	p.wantAnswer("unix", socket, "/livez", "", 200, "ok\n")
	p.await(&p.stderr, "web: running")
	// What there is to do after a start is over some time.
	for begin, last := time.Now(), ""; ; time.Sleep(3 * time.Second) {
		now := p.switches()
		if now == last {
			break
		}
		if last = now; time.Since(begin) > patience {
			t.Fatalf("PID 1 is never at rest:\n%s", now)
		}
	}
	if len(p.gateways()) != 1 {
		t.Error("there is no gateway any more")
	}
}

// switches is how often each thread of PID 1 has waited.
func (p *initProcess) switches() (text string) {
	tasks, _ := filepath.Glob("/proc/" + itoa(p.Process.Pid) + "/task/*/status")
	for _, task := range tasks {
		status, _ := os.ReadFile(task)
		_, count, _ := strings.Cut(string(status), "\nvoluntary_ctxt_switches:")
		text += task + ":" + count
	}
	return text
}

// TestGatewayOutlivesNobody: where entry-point is not PID 1 and is killed, its gateway
// ends at once, whoever is connected, and its address is free for the next one.
func TestGatewayOutlivesNobody(t *testing.T) {
	t.Parallel()
	tcp, _ := freeAddress(t, "tcp")
	p := configured(t, map[string]string{"programs.conf": "[inet_http_server]\nport = " + tcp + "\nusername = u\npassword = hush\n[program:web]\ncommand = sleep 1000\n"})
	p.Path = "/bin/sh"
	p.Args = []string{"sh", "-c", `"$0" -c programs.conf & read killed; kill -9 $!; read over`, binary}
	p.Env = append(p.Env, "ENTRYPOINT_SOCKET=none")
	in, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.start()
	p.await(&p.stderr, "web: running")
	p.wantAnswer("tcp", tcp, "/livez", "", 200, "ok\n")
	var clients []net.Conn // one says nothing, one follows
	for _, text := range []string{"", "GET /logtail/web HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic dTpodXNo\r\n\r\n"} {
		c, err := net.Dial("tcp", tcp)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = c.Write([]byte(text))
		clients = append(clients, c)
	}
	buf := make([]byte, 100)
	if n, err := clients[1].Read(buf); err != nil || !strings.HasPrefix(string(buf[:n]), "HTTP/1.1 200 ") {
		t.Fatalf("the follower: %v %s", err, buf[:n])
	}
	_, _ = in.Write([]byte("\n"))
	eventually.Within(t, 5*time.Second, "the address is free", func() bool {
		l, err := net.Listen("tcp", tcp)
		if err == nil {
			l.Close()
		}
		return err == nil
	}, p.stderr.String)
}
