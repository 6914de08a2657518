package main_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/skip"
)

// TestListenerHangs: a listener that never reads holds up nothing. Its pool keeps
// the last events and says once that it loses others.
func TestListenerHangs(t *testing.T) {
	t.Parallel()
	p := configured(t, map[string]string{"programs.conf": `
[eventlistener:hangs]
command = sleep 1000
events = PROCESS_LOG,PROCESS_STATE
buffer_size = 10
[program:chatty]
command = sh -c "i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); done; echo all said; ` + loop + `"
stdout_events_enabled = true
[program:restless]
command = sh -c "echo again; sleep 1.2; exit 1"
`}).start()
	p.await(&p.stdout, "line 299\nall said")
	p.awaitTimes(&p.stdout, "again", 3)
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if n := strings.Count(p.stderr.String(), "overflow"); n != 1 {
		t.Errorf("%d warnings of lost events, want 1:\n%s", n, p.stderr.String())
	}
}

// TestListenersAsSuperlance: listeners that do their work by TICK events, and by asking
// back, run as they do below supervisord: one restarts what has become too large, one
// what does not answer, one sends a mail of what has crashed since the last tick.
func TestListenersAsSuperlance(t *testing.T) {
	t.Parallel()
	skip.Unless(t, exec.Command("/usr/bin/python3", "-c", "import supervisor.childutils").Run() == nil, "Debian's supervisor")
	web, _ := freeAddress(t, "tcp")
	host, port, _ := strings.Cut(web, ":")
	p := prepare(t)
	p.Path = "/bin/sh"
	p.Args = []string{"sh", "-c", `mount --make-rprivate / && mount -t proc proc /proc && exec "$0" -c supervisord.conf`, binary}
	p.Env = append(p.Env, "ENTRYPOINT_EXIT_ON=never", "ENTRYPOINT_SOCKET="+p.socket())
	listener := "/usr/bin/python3 -u " + client(t, "listener.py")
	p.write("sendmail", "#!/bin/sh\ncat >>"+p.Dir+"/mails\n")
	if err := os.Chmod(p.Dir+"/sendmail", 0o755); err != nil {
		t.Fatal(err)
	}
	p.write("supervisord.conf", `
[supervisord]
nodaemon = true
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[unix_http_server]
file = `+p.Dir+`/s
[program:large]
command = /usr/bin/python3 -c "import os, time; new = not os.path.exists('large'); open('large', 'w'); x = bytes(range(256)) * (400_000 if new else 1); time.sleep(1000)"
[program:web]
command = sh -c "test -f web && exec python3 -m http.server --bind `+host+` `+port+`; touch web; exec sleep 1000"
directory = `+p.Dir+`
[program:crash]
command = sh -c "sleep 1.1; exit 3"
startsecs = 1
autorestart = false
[program:given_up]
command = false
startsecs = 30
startretries = 0
[eventlistener:memory]
command = `+listener+` memory 60000000
events = TICK_5
[eventlistener:http]
command = `+listener+` http web http://`+web+`/
events = TICK_5
[eventlistener:mails]
command = `+listener+` mails `+p.Dir+`/sendmail
events = TICK_5,PROCESS_STATE_EXITED,PROCESS_STATE_FATAL
`)
	p.start()
	p.await(&p.stderr, "restarted large:large")
	p.await(&p.stderr, "restarted web")
	p.awaitFile("mails", "crash: PROCESS_STATE_EXITED")
	if mails := p.read("mails"); !strings.Contains(mails, "Subject: 2 programs\n") || !strings.Contains(mails, "given_up: PROCESS_STATE_FATAL") {
		// The one that has crashed may have done so after the first tick.
		if strings.Count(mails, "Subject: 1 programs\n") != 2 || !strings.Contains(mails, "given_up: PROCESS_STATE_FATAL") {
			t.Errorf("the mails are\n%s", mails)
		}
	}
	awaitListener(t, web, p.stderr.String).Close() // what was restarted
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	for _, bad := range []string{"UNKNOWN state", "rejected", "Traceback", "overflow"} {
		if strings.Contains(p.stderr.String(), bad) {
			t.Errorf("a listener has failed:\n%s", p.stderr.String())
			break
		}
	}
}
