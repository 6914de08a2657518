package ctl

import (
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/control"
)

func TestSupervisorctl(t *testing.T) {
	startHelp := "start NAME...\tstart programs, or GROUP:*\nstart all\tall programs\n"
	for _, test := range []struct {
		args   string
		world  world
		code   int
		stdout string
		stderr string
		did    string
	}{
		{args: "status", code: codeDown, stdout: "" +
			"b:b_00                           STOPPED   Not started\n" +
			"b:b_01                           BACKOFF   Exited too quickly (process log may have details)\n" +
			"bad                              FATAL     unknown error (try \"tail bad\")\n" +
			"cat                              RUNNING   pid 1267, uptime 0:01:45\n" +
			"old                              EXITED    Nov 23 06:53 PM\n" +
			"web                              STARTING  \n"},
		{args: "status web cat", stdout: "web                              STARTING  \ncat                              RUNNING   pid 1267, uptime 0:01:45\n"},
		{args: "status nope g:* cat", code: codeNoServer, stdout: "nope: ERROR (no such process)\ng: ERROR (no such group)\ncat                              RUNNING   pid 1267, uptime 0:01:45\n"},
		{args: "status nope old", code: codeDown, stdout: "nope: ERROR (no such process)\nold                              EXITED    Nov 23 06:53 PM\n"},
		{args: "status b_00", code: codeNoServer, stdout: "b_00: ERROR (no such process)\n"},

		{args: "start b:b_00", stdout: "b:b_00: started\n", did: "start b:b_00"},
		{args: "start cat", stdout: "cat: ERROR (already started)\n"},
		{args: "start cat:cat old", stdout: "cat: ERROR (already started)\nold: started\n", did: "start cat:cat, start old"},
		{args: "start bad", code: codeNotRunning, stdout: "bad: ERROR (spawn error)\n"},
		{args: "start nope", code: codeFailed, stdout: "nope: ERROR (no such process)\n"},
		{args: "start g:*", code: codeUsage, stdout: "g: ERROR (no such group)\n"},
		{args: "start b:", stdout: "b:b_00: started\nb:b_01: started\n", did: "start b:*"},
		{args: "start all x", code: codeNotRunning, stdout: "b:b_00: started\nb:b_01: started\nold: started\nbad: ERROR (spawn error)\n", did: "start all"},
		{args: "start", code: codeUsage, stdout: "Error: start requires a process name\n" + startHelp},
		{args: "start cat", world: refusing(control.NoFile), code: codeFailed, stdout: "cat: ERROR (no such file)\n"},
		{args: "start cat", world: refusing(control.NotExecutable), code: codeFailed, stdout: "cat: ERROR (file is not executable)\n"},
		{args: "start cat", world: refusing(control.Abnormal), code: codeNotRunning, stdout: "cat: ERROR (spawn error)\n"},
		{args: "start x", world: refusing(control.NoProgram), code: codeFailed, stdout: "x: ERROR (no such process)\n"},
		{args: "stop cat", stdout: "cat: stopped\n"},
		{args: "stop old", stdout: "old: ERROR (not running)\n"},
		{args: "stop nope", code: codeFailed, stdout: "nope: ERROR (no such process)\n"},
		{args: "stop g:*", code: codeFailed, stdout: "g: ERROR (no such group)\n"},
		{args: "stop all", stdout: "cat: stopped\nweb: stopped\n"},
		{args: "stop b:*"},
		{args: "stop cat", world: refusing(control.Failed), code: codeFailed, stdout: "the message of failed\n"},
		{
			args: "restart nope cat", code: codeFailed, did: "stop nope, stop cat, start nope, start cat",
			stdout: "nope: ERROR (no such process)\ncat: stopped\nnope: ERROR (no such process)\ncat: ERROR (already started)\n",
		},
		{args: "restart", code: codeFailed, stdout: "Error: restart requires a process name\nrestart NAME...\tstop and start programs, or GROUP:*\nrestart all\tall programs; the configuration is not read again\n"},
		{args: "signal HUP cat", stdout: "cat: signalled\n", did: "signal cat"},
		{args: "signal HUP old", code: codeNotRunning, stdout: "old: ERROR (not running)\n"},
		{args: "signal HUP b:*"},
		{args: "signal FOO cat", code: codeFailed, stdout: "cat: ERROR (bad signal name)\n"},
		{args: "signal HUP", code: codeFailed, stdout: "Error: signal requires a signal name and a process name\nsignal SIGNAL NAME...\tsend a signal to programs, or GROUP:*\nsignal SIGNAL all\tto all programs\n"},
		{args: "clear cat", stdout: "cat: cleared\n"},
		{args: "clear b:*", code: codeFailed, stdout: "b:*: ERROR (no such process)\n"},
		{args: "clear cat", world: refusing(control.Failed), code: codeFailed, stdout: "cat: ERROR (failed)\n"},

		{args: "pid", stdout: "77\n"},
		{args: "pid cat old", code: codeNotRunning, stdout: "1267\n0\n"},
		{args: "pid b:*", code: codeFailed, stdout: "No such process b:*\n"},
		{args: "pid all", stdout: "0\n0\n0\n1267\n0\n9\n"},
		{args: "version", stdout: "1.2\n"},
		{args: "version x", code: codeFailed, stdout: "Error: version accepts no arguments\nversion\t\tversion of entry-point\n"},

		{args: "tail cat", stdout: "hello\n\n", did: "read cat"},
		{args: "tail -5 cat stderr", stdout: "hello\n\n"},
		{args: "tail nope", code: codeFailed, stdout: "nope: ERROR (no such process name)\n"},
		{args: "tail cat", world: refusing(control.NoLog), code: codeFailed, stdout: "cat: ERROR (no log file)\n"},
		{args: "tail cat", world: refusing(control.Failed), code: codeFailed, stdout: "cat: ERROR (unknown error reading log)\n"},
		{args: "tail cat x", code: codeFailed, stdout: "Error: bad channel 'x'\n"},
		{args: "tail -x cat", code: codeFailed, stdout: "Error: bad argument -x\n"},
		{args: "tail -5", code: codeFailed, stdout: "Error: tail requires process name\n"},
		{args: "tail -f cat", stdout: "==> Press Ctrl-C to exit <==\nhello\n", did: "logs cat"},
		{args: "tail -f nope", stdout: "==> Press Ctrl-C to exit <==\n", stderr: "unix:///x.sock Cannot read, status code 404\n"},

		{args: "reread", stdout: "No config updates to processes\n"},
		{args: "reread", world: changed(), stdout: "cat: changed\nnew: available\nold: disappeared\n"},
		{args: "reread", world: refusing(control.BadConfig), code: codeFailed, stdout: "ERROR: CANT_REREAD: the message of bad-config\n"},
		{args: "reread", world: world{shutting: true}, code: codeFailed, stdout: "ERROR: supervisor shutting down\n"},
		{args: "update", did: "reread"},
		{
			args: "update all", world: changed(), did: "reread, stop old:*, remove old, stop cat:*, remove cat, add cat, add new",
			stdout: "old: stopped\nold: removed process group\ncat: stopped\ncat: updated process group\nnew: added process group\n",
		},
		{args: "update nope", code: codeFailed, stdout: "ERROR: no such group: nope\n", did: "reread, status"},
		{args: "update new", world: changed(), stdout: "new: added process group\n", did: "reread, status, add new"},
		{args: "update", world: world{shutting: true}, code: codeFailed, stdout: "ERROR: already shutting down\n"},
		{args: "add new", stdout: "new: added process group\n", did: "add new"},
		{args: "add cat", stdout: "ERROR: process group already active\n"},
		{args: "add nope", code: codeFailed, stdout: "ERROR: no such process/group: nope\n"},
		{args: "add new", world: world{shutting: true}, code: codeFailed, stdout: "ERROR: shutting down\n"},
		{args: "remove old", stdout: "old: removed process group\n", did: "remove old"},
		{args: "remove cat", code: codeFailed, stdout: "ERROR: process/group still running: cat\n"},
		{args: "remove nope", code: codeFailed, stdout: "ERROR: no such process/group: nope\n"},
		{args: "avail", stdout: "b:b_00                           in use    auto      999:5\nnew                              avail     manual    1:999\n"},
		{args: "maintail", stdout: "main\n\n", did: "read"},
		{args: "maintail -f", stdout: "==> Press Ctrl-C to exit <==\nmain\n", did: "logs"},
		{args: "maintail x", code: codeFailed, stdout: "Error: bad argument x\n"},
		{args: "fg", code: codeFailed, stdout: "ERROR: no process name supplied\nfg NAME\t\twrite to a program and see what it prints, until Ctrl-C or the end of the input\n"},
		{args: "fg a b", code: codeFailed, stdout: "ERROR: too many process names supplied\n"},
		{args: "fg nope", code: codeFailed, stdout: "ERROR: bad process name supplied\n"},
		{args: "fg old", code: codeFailed, stdout: "ERROR: process not running\n"},
		{args: "shutdown", stdout: "Shut down\n", did: "shutdown"},
		{args: "shutdown", world: world{shutting: true}, stdout: "ERROR: already shutting down\n"},
		{args: "reload", stdout: "Restarted supervisord\n", did: "renew"},
		{args: "reload", world: world{shutting: true}, code: codeFailed, stdout: "ERROR: already shutting down\n"},
		{args: "shutdown now", code: codeFailed, stdout: "Error: shutdown accepts no arguments\nshutdown\tend everything, and the container\n"},

		{args: "help nope", stdout: "*** No help on nope\n"},
		{args: "help start", stdout: startHelp},
		{args: "stpo cat", code: codeFailed, stdout: "*** Unknown syntax: stpo cat\n"},
		{args: "-c /etc/supervisord.conf -s unix:///a.sock -u me -psecret -r f pid", stdout: "77\n"},
		{args: "--serverurl=http://127.0.0.1:9001 --configuration f pid", stdout: "77\n"},
		{args: "-x", code: codeUsage, stderr: "Error: option -x not recognized\nFor help, use supervisorctl -h\n"},
		{args: "--nope", code: codeUsage, stderr: "Error: option --nope not recognized\nFor help, use supervisorctl -h\n"},
		{args: "-c", code: codeUsage, stderr: "Error: option -c requires argument\nFor help, use supervisorctl -h\n"},
		{
			args: "-s http://u:p@other:9001/ stop all", code: codeUsage, did: "",
			stderr: "Error: http://u:p@other:9001/ is another host; this supervisorctl steers the entry-point of its own container only\nFor help, use supervisorctl -h\n",
		},
	} {
		t.Run(test.args, func(t *testing.T) {
			code, stdout, stderr := called(&test.world, nil, []string{"ENTRYPOINT_SOCKET=/x.sock"}, "", func(c *cli) int {
				return newShell(c).main(strings.Fields(test.args))
			})
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			sameLines(t, "stdout", stdout, test.stdout)
			sameLines(t, "stderr", stderr, test.stderr)
			if did := test.world.did(); test.did != "" && did != test.did {
				t.Errorf("asked for %q, want %q", did, test.did)
			}
		})
	}
}

// TestOneWord: Ansible passes a command and its arguments as one.
func TestOneWord(t *testing.T) {
	w := world{}
	code, stdout, _ := supervisorctl(&w, "signal HUP", "cat")
	if code != 0 || stdout != "cat: signalled\n" || w.asked[0].Signal != "HUP" {
		t.Errorf("code %d, %q, %v", code, stdout, w.asked)
	}
}

func TestSupervisorctlWithoutServer(t *testing.T) {
	for _, test := range []struct {
		args string
		err  error
		code int
		want string
	}{
		{"start cat", syscall.ECONNREFUSED, 4, "unix:///x.sock refused connection\n"},
		{"start cat", syscall.ENOENT, 7, "unix:///x.sock no such file\n"},
		{"status", syscall.ENOENT, 4, "unix:///x.sock no such file\n"},
		{"tail -f cat", syscall.ENOENT, 7, "unix:///x.sock no such file\n"},
		{"shutdown", syscall.ENOENT, 1, "ERROR: unix:///x.sock no such file (already shut down?)\n"},
		{"shutdown", syscall.ECONNREFUSED, 1, "ERROR: unix:///x.sock refused connection (already shut down?)\n"},
		{"update", syscall.ENOENT, 1, "error: <class 'FileNotFoundError'>, [Errno 2] No such file or directory: file: entry-point line: 0\n"},
		{"pid", syscall.EACCES, 1, "error: <class 'OSError'>, permission denied: file: entry-point line: 0\n"},
	} {
		code, stdout, stderr := called(nil, test.err, []string{"ENTRYPOINT_SOCKET=/x.sock"}, "", func(c *cli) int {
			return newShell(c).main(strings.Fields(test.args))
		})
		if code != test.code || stdout != test.want || stderr != "" {
			t.Errorf("%s, %v: code %d, stdout %q, stderr %q", test.args, test.err, code, stdout, stderr)
		}
	}
}

func TestShell(t *testing.T) {
	w := world{}
	input := "\npid\nshutdown\nn\nshutdown\nYes\n?\nhelp pid\nnonsense\nquit\npid\n"
	code, stdout, _ := called(&w, nil, nil, input, func(c *cli) int { return newShell(c).main(nil) })
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	_, after, _ := strings.Cut(stdout, "web                              STARTING  \n")
	question := "Really shut the remote supervisord process down y/N? "
	sameLines(t, "shell", after, "supervisor> supervisor> 77\nsupervisor> "+question+"supervisor> "+question+"Shut down\nsupervisor> \n"+
		"default commands (type help <topic>):\n=====================================\n"+
		"add    exit      pid     remove   shutdown  status  update \n"+
		"avail  fg        quit    reread   signal    stop    version\n"+
		"clear  maintail  reload  restart  start     tail   \n"+
		"\n"+
		"supervisor> pid\t\tprocess id of entry-point\npid NAME...\tprocess ids of programs\npid all\t\tthose of all programs\n"+
		"supervisor> *** Unknown syntax: nonsense\nsupervisor> \n")
	if did := w.did(); did != "status, info, shutdown" {
		t.Errorf("asked for %q", did)
	}
	_, stdout, _ = called(&w, nil, nil, "", func(c *cli) int { return newShell(c).main(nil) })
	if !strings.HasSuffix(stdout, "supervisor> \n") {
		t.Errorf("at the end of the input: %q", stdout)
	}
}

// TestShellLists: every command that there is stands in the list.
func TestShellLists(t *testing.T) {
	_, stdout, _ := supervisorctl(&world{}, "help")
	words := strings.Fields(stdout)
	for _, known := range verbs() {
		found := false
		for _, word := range words {
			found = found || word == known.name
		}
		if !found {
			t.Errorf("%s is missing", known.name)
		}
	}
}
