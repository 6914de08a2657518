package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRealSupervisorctl: Debian's supervisorctl and Python's xmlrpc client steer a
// container, by a unix socket with a password and by TCP without one.
func TestRealSupervisorctl(t *testing.T) {
	path, _ := freeAddress(t, "unix")
	tcp, _ := freeAddress(t, "tcp")
	p := controlled(t, `
[entrypoint]
exit_on = never
[unix_http_server]
file = `+path+`
username = user
password = secret
[inet_http_server]
port = `+tcp+`
[program:cat]
command = cat
stdout_logfile = cat.log
[program:two]
command = sleep 1000
process_name = two_%(process_num)d
numprocs = 2
[program:off]
command = sleep 1000
autostart = false
`)
	ini := filepath.Join(t.TempDir(), "ctl.conf") // without one, that of the system is read
	if err := os.WriteFile(ini, []byte("[supervisorctl]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.start()
	p.await(&p.stderr, "two:two_1: running")
	for _, server := range [][]string{{"-s", "unix://" + path, "-u", "user", "-p", "secret"}, {"-s", "http://" + tcp}} {
		run := func(stdin, args string) (string, int) {
			t.Helper()
			cmd := exec.Command("supervisorctl", append(append([]string{"-c", ini}, server...), strings.Fields(args)...)...)
			cmd.Stdin = strings.NewReader(stdin)
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState == nil {
				t.Fatal(err)
			}
			return string(out), cmd.ProcessState.ExitCode()
		}
		for _, c := range []struct {
			args string
			code int
			want string
		}{
			{"status", 3, "off                              STOPPED   "},
			{"status two:*", 0, "two:two_1                        RUNNING   pid "},
			{"stop two:*", 0, "two:two_0: stopped\n"},
			{"start two:*", 0, "two:two_1: started\n"},
			{"start cat", 0, "cat: ERROR (already started)\n"},
			{"stop nobody", 1, "nobody: ERROR (no such process)\n"},
			{"start off", 0, "off: started\n"},
			{"restart off", 0, "off: stopped\noff: started\n"},
			{"stop off", 0, "off: stopped\n"},
			{"signal HUP nobody", 1, "nobody: ERROR (no such process)\n"},
			{"signal USR9 cat", 1, "cat: ERROR (bad signal name)\n"},
			{"signal CONT cat", 0, "cat: signalled\n"},
			{"pid", 0, "1\n"},
			{"avail", 0, "off                              in use    manual    999:999\n"},
			{"reread", 0, "No config updates to processes\n"},
			{"update", 0, ""},
			{"remove cat", 1, "ERROR: process/group still running: cat\n"},
			{"add nobody", 1, "ERROR: no such process/group: nobody\n"},
			{"maintail", 0, "INFO spawned: 'off' with pid "},
			{"clear cat", 0, "cat: cleared\n"},
			{"status nobody", 4, "nobody: ERROR (no such process)\n"},
		} {
			if out, code := run("", c.args); code != c.code || !strings.Contains(out, c.want) {
				t.Errorf("%v %s: exit code %d, want %d:\n%s", server[1], c.args, code, c.code, out)
			}
		}
		if out, code := run("hello\n", "fg cat"); code != 0 || !strings.Contains(out, "Exiting foreground") {
			t.Errorf("fg: %d, %s", code, out)
		}
		if out, code := run("", "tail cat"); code != 0 || !strings.Contains(out, "hello\n") {
			t.Errorf("tail: %d, %s", code, out)
		}
	}
	if out, err := exec.Command("supervisorctl", "-c", ini, "-s", "unix://"+path, "-u", "user", "-p", "wrong", "status").CombinedOutput(); err == nil || !strings.Contains(string(out), "Server requires authentication") {
		t.Errorf("a wrong password: %v, %s", err, out)
	}
	python := exec.Command("python3", "-c", `
import sys, xmlrpc.client
s = xmlrpc.client.ServerProxy("http://" + sys.argv[1])
assert s.supervisor.getAPIVersion() == "3.0" and s.supervisor.getState() == {"statecode": 1, "statename": "RUNNING"}
i = s.supervisor.getProcessInfo("cat")
assert i["statename"] == "RUNNING" and i["pid"] > 1 and i["exitstatus"] == 0 and i["logfile"].endswith("cat.log"), i
r = s.system.multicall([{"methodName": "supervisor.getPID", "params": []}, {"methodName": "supervisor.startProcess", "params": ["cat"]}, {"methodName": "nobody", "params": []}])
assert r[0] == 1 and r[1] == {"faultCode": 60, "faultString": "ALREADY_STARTED: cat"} and r[2]["faultCode"] == 1, r
assert len(s.system.listMethods()) == 41 and s.system.methodSignature("supervisor.startProcess") == ["boolean", "string", "boolean"], s.system.listMethods()
for bad, code in (("supervisor.startProcess", 2), ("supervisor.nothing", 1), ("supervisor.startProcess nobody", 10)):
    name, *args = bad.split()
    try: getattr(s, name)(*args); raise SystemExit("no fault: " + bad)
    except xmlrpc.client.Fault as f: assert f.faultCode == code, f
`, tcp)
	python.Env = os.Environ()
	if out, err := python.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	cmd := exec.Command("supervisorctl", "-c", ini, "-s", "http://"+tcp, "shutdown")
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "Shut down\n" {
		t.Errorf("shutdown: %v, %s", err, out)
	}
	p.wantCode(0)
}
