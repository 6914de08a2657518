package main_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/skip"
)

const (
	ownPasswd = "root:x:0:0:root:/root:/bin/sh\napp:x:999:999::/srv/app:/bin/false\nother:x:1000:1000::/:/bin/false\n"
	ownGroup  = "root:x:0:\napp:x:999:\nother:x:1000:\nextra:x:70:other,app\n"
)

// withAccounts gives a start an /etc that has only these files, and returns it. What setup
// does in a shell, as root, comes last.
func (p *initProcess) withAccounts(setup string, words ...string) (etc string) {
	p.t.Helper()
	etc = p.Dir + "/etc"
	if err := os.MkdirAll(etc, 0o755); err != nil {
		p.t.Fatal(err)
	}
	for name, text := range map[string]string{"passwd": ownPasswd, "group": ownGroup, "nsswitch.conf": "passwd: files\ngroup: files\n"} {
		if _, err := os.Stat(etc + "/" + name); err == nil {
			continue // an earlier start's
		}
		if err := os.WriteFile(etc+"/"+name, []byte(text), 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
	p.withProc(append([]string{"sh", "-c", `mount --bind "$0" /etc; ` + setup + ` exec "$@"`, etc}, words...)...)
	return etc
}

// open lets every user into the directory of a start.
func (p *initProcess) open() {
	p.t.Helper()
	for _, dir := range []string{p.Dir, filepath.Dir(p.Dir)} {
		if err := os.Chmod(dir, 0o755); err != nil {
			p.t.Fatal(err)
		}
	}
}

// TestUser: -u, and what is wrong with it.
func TestUser(t *testing.T) {
	t.Parallel()
	const who = `echo $(id -u) $(id -G) $HOME $USER $LOGNAME`
	const asOther = "setpriv --reuid 1000 --regid 1000 --clear-groups"
	for name, c := range map[string]struct {
		env, user, setup, as string
		code                 int
		out, said            string
	}{
		"name":             {user: "app", out: "999 999 70 /srv/app app app\n"},
		"number":           {user: "999", out: "999 999 70 /srv/app app app\n"},
		"with a group":     {user: "app:extra", out: "999 70 /srv/app app app\n"},
		"numbers":          {user: "4711:4712", out: "4711 4712 / 4711 4711\n"},
		"a number alone":   {user: "4711", out: "4711 4711 / 4711 4711\n"},
		"by a variable":    {env: "ENTRYPOINT_USER=app", out: "999 999 70 /srv/app app app\n"},
		"already":          {user: "other", as: asOther, out: "1000 1000 /start root\n", said: "-u other: we are that user already\n"},
		"unknown":          {user: "ap", code: 78, said: `-u ap: no user "ap" in /etc/passwd (did you mean app?); a number needs no entry there`},
		"unknown group":    {user: "app:exta", code: 78, said: `-u app:exta: no group for "app:exta" in /etc/group (did you mean extra?)`},
		"not root":         {user: "app", as: asOther, code: 78, said: `-u app: cannot become "app" (999:999): we run as 1000:1000, and only root can change that; leave out -u (ENTRYPOINT_USER), or start the container as root`},
		"without setuid":   {user: "app", as: "setpriv --bounding-set -all --inh-caps -all", code: 78, said: `cannot run "sh": cannot become user 999 and group 999: operation not permitted (it needs root, or CAP_SETUID and CAP_SETGID)`},
		"other numbers":    {user: "app", env: "PUID=1234 PGID=1235 ENTRYPOINT_PUID_USER=app", setup: "mount -o remount,bind,ro /etc;", out: "1234 1235 70 /srv/app app app\n"},
		"malformed number": {user: "app", env: "PUID=12x ENTRYPOINT_PUID_USER=app", code: 78, said: `-u app: environment variable PUID: "12x" is not a number of a user or group, such as 1000`},
		"no numbers":       {user: "app", env: "PUID=1234", out: "999 999 70 /srv/app app app\n"}, // without puid_user
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := []string{"--", "sh", "-c", who + " >/dev/stdout"}
			if c.as != "" { // the test's own pipe is root's
				args[3] = who
			}
			if c.user != "" {
				args = append([]string{"-u", c.user}, args...)
			}
			p := prepare(t, args...)
			p.open()
			p.Env = append([]string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/start", "USER=root"}, strings.Fields(c.env)...)
			p.withAccounts(c.setup, strings.Fields(c.as)...)
			p.start().wantCode(c.code)
			if out, said := p.stdout.String(), p.stderr.String(); out != c.out || !strings.Contains(said, c.said) || c.said == "" && said != "" {
				t.Errorf("stdout: %qstderr:\n%s", out, said)
			}
		})
	}
}

// TestUserOnTerminal: the command of another user can open its terminal by every name; a
// terminal that is not the container's gets its owner back.
func TestUserOnTerminal(t *testing.T) {
	t.Parallel()
	for _, pid1 := range []bool{true, false} {
		s := onTerminal(t, pid1, binary, "-u", "nobody", "--", "sh", "-c",
			`echo one >/dev/stdout; echo two >/dev/tty; echo three >"$(tty)"; echo four >/dev/stderr; read line </dev/stdin; echo "$line $(id -un) $(stat -Lc %U /dev/stdin)"`)
		for _, word := range []string{"one\r\n", "two\r\n", "three\r\n", "four\r\n"} {
			s.await(word)
		}
		s.typeIn("five\n")
		s.await("five nobody nobody")
		number, err := unix.IoctlGetInt(int(s.master.Fd()), unix.TIOCGPTN)
		if err != nil {
			t.Fatal(err)
		}
		s.wantCode(0)
		var st unix.Stat_t
		if err := unix.Stat(fmt.Sprintf("/dev/pts/%d", number), &st); err != nil || st.Uid != 0 {
			t.Errorf("the terminal belongs to %d, %v", st.Uid, err)
		}
	}
}

// TestUserWithoutKill: signals reach the command of another user where root has no CAP_KILL.
func TestUserWithoutKill(t *testing.T) {
	t.Parallel()
	for _, group := range []string{"", "-g"} {
		args := strings.Fields(group + " -u nobody -- sh -c")
		p := prepare(t, append(args, `trap 'exit 7' TERM; trap 'echo usr' USR1; echo ready; while :; do sleep 0.05; done`)...)
		p.withProc("setpriv", "--bounding-set", "-all,+setuid,+setgid", "--inh-caps", "-all")
		p.start()
		p.await(&p.stdout, "ready")
		p.kill(syscall.SIGUSR1)
		p.await(&p.stdout, "usr")
		p.kill(syscall.SIGTERM)
		p.wantCode(7)
		if said := p.stderr.String(); strings.Contains(said, "entry-point:") {
			t.Error(said)
		}
	}
}

// TestUserOfPrograms: in production mode -u is the user of every program without one.
func TestUserOfPrograms(t *testing.T) {
	t.Parallel()
	p := prepare(t, "-u", "app")
	p.write("entry-point.conf", `
[program:one]
command = sh -c 'echo "one $(id -u) $HOME"; exec sleep 1000'
[program:two]
user = root
command = sh -c 'echo "two $(id -u)"; exec sleep 1000'
`)
	p.open()
	p.withAccounts("")
	p.start()
	p.await(&p.stdout, "one 999 /srv/app\n")
	p.await(&p.stdout, "two 0\n")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// TestNumbersFromOutside: PUID and PGID are written, once, and count for programs.
func TestNumbersFromOutside(t *testing.T) {
	t.Parallel()
	dir := ""
	for i, want := range []string{"ownership: app is 1000:1001 now in ", ""} {
		p := prepare(t)
		if i > 0 {
			p.Dir = dir
		}
		dir = p.Dir
		p.write("entry-point.conf", "[entrypoint]\npuid_user = app\n[program:one]\nuser = app\ncommand = sh -c 'echo \"$(id -u):$(id -g) $(id -Gn)\"; exec sleep 1000'\n")
		p.open()
		p.Env = append(p.Env, "PUID=1000", "PGID=1001")
		etc := p.withAccounts("")
		p.start()
		p.await(&p.stdout, "1000:1001 app extra\n")
		p.kill(syscall.SIGTERM)
		p.wantCode(0)
		passwd, err1 := os.ReadFile(etc + "/passwd")
		group, err2 := os.ReadFile(etc + "/group")
		if err := errors.Join(err1, err2); err != nil || string(passwd) != strings.Replace(ownPasswd, "999:999", "1000:1001", 1) || string(group) != strings.Replace(ownGroup, "999", "1001", 1) {
			t.Errorf("%v\n%s%s", err, passwd, group)
		}
		if said := p.stderr.String(); !strings.Contains(said, want) || !strings.Contains(said, "ownership: user 1000 is other as well\n") || want == "" && strings.Contains(said, " now in ") {
			t.Error(said)
		}
	}
}

// TestNumbersOnReadOnlyRoot: where /etc cannot be written they count all the same.
func TestNumbersOnReadOnlyRoot(t *testing.T) {
	t.Parallel()
	p := prepare(t, "-u", "app", "-d", "--", "sh", "-c", "echo $(id -u):$(id -g) $HOME $USER")
	p.open()
	p.Env = append(p.Env, "PUID=1100", "PGID=1101", "ENTRYPOINT_PUID_USER=app")
	p.withAccounts("mount -o remount,bind,ro /etc;")
	p.start().wantCode(0)
	if out, said := p.stdout.String(), p.stderr.String(); !strings.HasSuffix(out, "\n1100:1101 /srv/app app\n") || !strings.Contains(said, "read-only file system: app is 1100:1101 all the same, but tools do not see the name") {
		t.Errorf("%s%s", out, said)
	}
}

// TestRandomUser: OpenShift starts containers with a number that is in no passwd, in root's
// group. Two starts: the second one finds what the first has made.
func TestRandomUser(t *testing.T) {
	t.Parallel()
	dir := ""
	for i := range 2 {
		p := prepare(t, "-d", "--", "sh", "-c", `touch "$HOME/x" && echo "$HOME $USER $LOGNAME $(id -un) $(cd ~ && pwd)"`)
		if i > 0 {
			p.Dir = dir
		}
		dir = p.Dir
		p.open()
		if err := os.Chown(dir, 0, 0); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o775); err != nil {
			t.Fatal(err)
		}
		p.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/"}
		etc := p.withAccounts("chmod g+w /etc/passwd;", "setpriv", "--reuid", "1000620000", "--regid", "0", "--clear-groups")
		p.start().wantCode(0)
		home := dir + "/.entry-point-home"
		if out := p.stdout.String(); !strings.HasSuffix(out, "\n"+home+" default default default "+home+"\n") {
			t.Errorf("%s%s", out, p.stderr.String())
		}
		passwd, _ := os.ReadFile(etc + "/passwd")
		if string(passwd) != ownPasswd+"default:x:1000620000:0:default:"+home+":/sbin/nologin\n" {
			t.Errorf("%s", passwd)
		}
	}
}

// TestOwnIsResumed: a start that is killed, or asked to end, while it gives files away is
// followed by one that does the rest; and -t says what it would do, and does nothing.
func TestOwnIsResumed(t *testing.T) {
	t.Parallel()
	skip.UnlessRoot(t, "to give files away")
	data := t.TempDir()
	for i := range 20 {
		dir := fmt.Sprintf("%s/%d", data, i)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for j := range 20 {
			if err := unix.Mknod(fmt.Sprintf("%s/%d", dir, j), unix.S_IFREG|0o644, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	wrong := func() (n int) {
		_ = filepath.WalkDir(data, func(path string, _ os.DirEntry, err error) error {
			var st syscall.Stat_t
			if err != nil || syscall.Lstat(path, &st) != nil || st.Uid != 4711 {
				n++
			}
			return nil
		})
		return n
	}
	ofDirectories := func() (n int) { // quickly
		for i := range 20 {
			var st syscall.Stat_t
			if syscall.Lstat(fmt.Sprintf("%s/%d/0", data, i), &st) != nil || st.Uid != 4711 {
				n++
			}
		}
		return n
	}
	begin := func(args ...string) *initProcess {
		p := prepare(t, args...)
		p.write("entry-point.conf", sleeper)
		p.Env = append(p.Env, "ENTRYPOINT_OWN="+data+":4711")
		p.withProc()
		return p.start()
	}
	p := begin("-t")
	p.wantCode(0)
	if said := p.stderr.String(); !strings.Contains(said, "before the start: ownership: gives what is in "+data+" and belongs to others to 4711\n") {
		t.Error(said)
	}
	all := wrong()
	if all != 421 {
		t.Fatalf("-t has changed something: %d are left", all)
	}
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		before := ofDirectories()
		p = begin("-d", "--", "sleep", "1000")
		for deadline := time.Now().Add(patience); ofDirectories() == before && before > 0 && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		if before == 0 { // the shell that executes entry-point would not hear the signal
			p.await(&p.stdout, "Running app in debug mode!")
		}
		p.kill(sig)
		if code := p.code(); code != -1 && code != 128+int(sig) {
			t.Errorf("exit code %d after %v\n%s", code, sig, p.stderr.String())
		}
		// Where little was left, the walk may have ended before the signal came.
		if said := p.stderr.String(); sig == syscall.SIGTERM && !strings.Contains(said, "gave files to their owners") && strings.Contains(said, "aborted") && !strings.Contains(said, "ownership aborted by SIGTERM; the next start takes it up again\n") {
			t.Error(said)
		}
		t.Logf("%v: %d of %d are left", sig, wrong(), all)
	}
	p = begin("-d", "--", "true")
	p.wantCode(0)
	if n := wrong(); n > 0 {
		t.Errorf("%d are left\n%s", n, p.stderr.String())
	}
	var value [64]byte
	_, err := unix.Getxattr(data, "user.entry-point.own", value[:])
	skip.Unless(t, err == nil, fmt.Sprint("user attributes of the file system: ", err))
	p = begin("-v", "-d", "--", "true") // no process walks any more
	p.wantCode(0)
	if said := p.stderr.String(); !strings.Contains(said, "ownership: unchanged") || strings.Contains(said, "started entry-point-ownership") {
		t.Error(said)
	}
}

// TestOwnIsRefused: what cannot be done ends the start, with the reason.
func TestOwnIsRefused(t *testing.T) {
	t.Parallel()
	p := prepare(t, "-d", "--", "echo", "started")
	p.open()
	p.write("file", "")
	p.Env = append(p.Env, "ENTRYPOINT_OWN="+p.Dir+":app")
	p.withAccounts("", "setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups")
	p.start().wantCode(78)
	if said := p.stderr.String(); !strings.Contains(said, "ownership: cannot give away \"") || !strings.Contains(said, "operation not permitted (we run as 1000, and only root can do that: start the container as root, or give the volume to the user outside)") || strings.Contains(p.stdout.String(), "started") {
		t.Errorf("%s%s", p.stdout.String(), said)
	}
}

// TestOwnIsNotDeceived: what the user has put into his directory does not make root give him
// anything else.
func TestOwnIsNotDeceived(t *testing.T) {
	t.Parallel()
	p := prepare(t, "-d", "--", "true")
	p.withProc()
	data, outside := p.Dir+"/data", p.Dir+"/outside"
	for _, dir := range []string{data, outside, outside + "/d"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p.write("outside/shadow", "secret")
	p.write("data/file", "")
	if err := errors.Join(
		os.Chown(data, 4711, 4711), os.Symlink(outside, data+"/link"), os.Symlink(outside+"/shadow", data+"/file.link"),
		os.Link(outside+"/shadow", data+"/hard"), syscall.Mkfifo(data+"/fifo", 0o600),
	); err != nil {
		t.Fatal(err)
	}
	p.Env = append(p.Env, "ENTRYPOINT_OWN="+data+":4711")
	p.start().wantCode(0)
	for path, want := range map[string]uint32{
		outside: 0, outside + "/d": 0, outside + "/shadow": 0, data + "/hard": 0,
		data + "/link": 4711, data + "/file.link": 4711, data + "/fifo": 4711, data + "/file": 4711,
	} {
		var st syscall.Stat_t
		if err := syscall.Lstat(path, &st); err != nil || st.Uid != want {
			t.Errorf("%s belongs to %d, %v", path, st.Uid, err)
		}
	}
	if said := p.stderr.String(); !strings.Contains(said, "left 1 files alone that have more than one name (hard links), because another name may be outside: the first is \""+data+"/hard\"\n") {
		t.Error(said)
	}

	p = prepare(t, "-d", "--", "true") // the way to the directory is the user's, too
	p.withProc()
	p.Env = append(p.Env, "ENTRYPOINT_OWN="+data+"/link/d:4711")
	p.start().wantCode(78)
	var st syscall.Stat_t
	if err := syscall.Lstat(outside+"/d", &st); err != nil || st.Uid != 0 {
		t.Errorf("%d, %v; %s", st.Uid, err, p.stderr.String())
	}
}

// TestOwnInUserNamespace: a number that the namespace does not have cannot be given anything.
func TestOwnInUserNamespace(t *testing.T) {
	t.Parallel()
	p := prepare(t, "-d", "--", "true")
	p.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
	ids := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 900}}
	p.SysProcAttr.UidMappings, p.SysProcAttr.GidMappings, p.SysProcAttr.GidMappingsEnableSetgroups = ids, ids, true
	p.Env = append(p.Env, "ENTRYPOINT_OWN="+p.Dir+"/data:4711,"+p.Dir+"/other:899")
	p.withProc()
	p.start().wantCode(78)
	if said := p.stderr.String(); !strings.Contains(said, "/data\": invalid argument (the user namespace of the container may have no such number)\n") {
		t.Error(said)
	}
	var st syscall.Stat_t
	if err := syscall.Lstat(p.Dir+"/other", &st); err != nil || st.Uid != 899 {
		t.Errorf("%d, %v", st.Uid, err)
	}
}
