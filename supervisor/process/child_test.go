package process

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// statusOf prints fields of the process's own status as one line.
func statusOf(fields string) []string {
	return []string{"sh", "-c", `umask; ulimit -Sn; ulimit -Hn; ulimit -c; nice; cat /proc/self/oom_score_adj; grep -E '^(` + fields + `)' /proc/self/status | tr '\t\n' '  '`}
}

// TestSettings: each is true at the command's first instruction, and the others
// stay as they were.
func TestSettings(t *testing.T) {
	needRoot(t)
	table := Open()
	show := statusOf("NoNewPrivs")
	plain := strings.Split(output(t, table, &Spec{Argv: show}), "\n")
	tests := []struct {
		name string
		set  Settings
		line int
		want string
	}{
		{"umask", Settings{Umask: ptr(0o137)}, 0, "0137"},
		{"umask 0", Settings{Umask: ptr(0)}, 0, "0000"},
		{"soft nofile", Settings{NoFile: &syscall.Rlimit{Cur: 333, Max: 444}}, 1, "333"},
		{"hard nofile", Settings{NoFile: &syscall.Rlimit{Cur: 333, Max: 444}}, 2, "444"},
		{"core", Settings{Core: &syscall.Rlimit{Cur: 0, Max: unix.RLIM_INFINITY}}, 3, "0"},
		{"endless core", Settings{Core: &syscall.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}}, 3, "unlimited"},
		{"nice", Settings{Nice: ptr(7)}, 4, "7"},
		{"oom_score_adj", Settings{OOMScoreAdj: ptr(321)}, 5, "321"},
		{"no_new_privs", Settings{NoNewPrivs: true}, 6, "NoNewPrivs: 1 "},
	}
	for _, tt := range tests {
		got := strings.Split(output(t, table, &Spec{Argv: show, Settings: tt.set}), "\n")
		for i := range got {
			want := plain[i]
			if i == tt.line {
				want = tt.want
			}
			other := tt.set.NoFile != nil && (i == 1 || i == 2)
			if got[i] != want && (i == tt.line || !other) {
				t.Errorf("%s: line %d is %q, want %q", tt.name, i, got[i], want)
			}
		}
	}
}

func TestUserAndCapabilities(t *testing.T) {
	needRoot(t)
	table := Open()
	nobody := &syscall.Credential{Uid: 65534, Gid: 65533, Groups: []uint32{65533, 7}}
	show := func(fields string) []string {
		return []string{"sh", "-c", "grep -E '^(" + fields + ")' /proc/self/status | tr '\t' ' '"}
	}
	ids := "Uid: 65534 65534 65534 65534\nGid: 65533 65533 65533 65533\nGroups: 7 65533 "
	if got := output(t, table, &Spec{Argv: show("Uid|Gid|Groups"), Credential: nobody, Settings: Settings{Nice: ptr(1)}}); got != ids {
		t.Errorf("staged user is %q", got)
	}
	if got := output(t, table, &Spec{Argv: show("Uid|Gid|Groups"), Credential: nobody}); got != ids {
		t.Errorf("plain user is %q", got)
	}
	caps := func(inh, prm, eff, bnd, amb string) string {
		return "CapInh: " + inh + "\nCapPrm: " + prm + "\nCapEff: " + eff + "\nCapBnd: " + bnd + "\nCapAmb: " + amb
	}
	const none, bind = "0000000000000000", "0000000000000400"
	for _, tt := range []struct {
		name string
		user *syscall.Credential
		keep []int
		want string
	}{
		{"root, none", nil, nil, caps(none, none, none, none, none)},
		{"root, one", nil, []int{unix.CAP_NET_BIND_SERVICE}, caps(bind, bind, bind, bind, none)},
		{"user, none", nobody, nil, caps(none, none, none, none, none)},
		{"user, one", nobody, []int{unix.CAP_NET_BIND_SERVICE}, caps(bind, bind, bind, bind, bind)},
	} {
		s := &Spec{Argv: show("Cap"), Credential: tt.user, Settings: Settings{Capabilities: &tt.keep}}
		if got := output(t, table, s); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

// TestListen: sockets and files stand where they are announced, and nothing of
// ours beside them.
func TestListen(t *testing.T) {
	table := Open()
	var files []*os.File
	for range 3 {
		f, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files = append(files, f)
	}
	t.Setenv("LISTEN_FDS", "9")
	t.Setenv("GODEBUG", "inittrace=1") // the stage must not heed it
	t.Setenv("GOMEMLIMIT", "nonsense")
	spec := func(argv ...string) *Spec {
		return &Spec{Argv: argv, Listen: files[:2], ListenNames: []string{"web", "api"}, Files: files[2:]}
	}
	got := output(t, table, spec("sh", "-c", `echo $((LISTEN_PID-$$)) $LISTEN_FDS $LISTEN_FDNAMES $GODEBUG $GOMEMLIMIT`))
	if got != "0 2 web:api inittrace=1 nonsense" {
		t.Errorf("environment: %q", got)
	}
	plain := spec("ls", "/proc/self/fd")
	plain.Listen, plain.Files = nil, files
	if got, want := output(t, table, spec("ls", "/proc/self/fd")), output(t, table, plain); got != want {
		t.Errorf("descriptors %q, those of a plain start are %q", got, want)
	}
	got = output(t, table, spec("readlink", "/proc/self/fd/3", "/proc/self/fd/4", "/proc/self/fd/5"))
	if want := files[0].Name() + "\n" + files[1].Name() + "\n" + files[2].Name(); got != want {
		t.Errorf("descriptors 3 to 5 are %q, want %q", got, want)
	}
	if strings.Count(strings.Join(syscall.Environ(), "\n"), "LISTEN_FDS=9") != 1 {
		t.Error("our own environment has changed")
	}
}

// TestSignalsAreDefault: nothing is blocked or ignored, unless somebody had it
// ignored for us.
func TestSignalsAreDefault(t *testing.T) {
	table := Open()
	show := []string{"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}
	want, err := exec.Command(show[0], show[1:]...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, mask := range []string{"SIGPIPE", "SIGXFSZ"} {
		if bit := uint64(1) << (unix.SignalNum(mask) - 1); ignoredOf(t, string(want))&bit != 0 {
			t.Errorf("%s is ignored by the test itself", mask)
		}
	}
	for _, set := range []Settings{{}, {Nice: ptr(1)}} {
		if got := output(t, table, &Spec{Argv: show, Settings: set}); got+"\n" != string(want) {
			t.Errorf("settings %+v: %q, want %q", set, got, want)
		}
	}
}

// ignoredOf is the mask SigIgn in a process's status.
func ignoredOf(t *testing.T, status string) uint64 {
	t.Helper()
	_, text, _ := strings.Cut(status, "SigIgn:\t")
	mask, err := strconv.ParseUint(strings.TrimSpace(text), 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return mask
}

// TestStartErrorsOfChild: each failure before or at the execve is Start's, with its
// reason and the code of a shell, and leaves no process behind.
func TestStartErrorsOfChild(t *testing.T) {
	needRoot(t)
	table := Open()
	dir := t.TempDir()
	put := func(name, text string, mode os.FileMode) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return file
	}
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534}
	nice := Settings{Nice: ptr(1)}
	tests := []struct {
		spec Spec
		code int
		want string
		err  error
	}{
		{Spec{Argv: []string{"no-such-command"}, Settings: nice}, 127, `cannot run "no-such-command": not found in PATH`, syscall.ENOENT},
		{Spec{Argv: []string{put("lost", "#!/no/such/interpreter\n", 0o755)}, Settings: nice}, 127, "its interpreter", syscall.ENOENT},
		{Spec{Argv: []string{put("noise", "\x00\x01", 0o755)}, Settings: nice}, 126, "exec format error", syscall.ENOEXEC},
		{Spec{Argv: []string{put("mine", "#!/bin/sh\n", 0o700)}, Credential: nobody, Settings: nice}, 126, "permission denied", syscall.EACCES},
		{Spec{Argv: []string{"true"}, Dir: "/no/such/directory", Settings: nice}, 126, `cannot enter directory "/no/such/directory": no such file or directory`, syscall.ENOENT},
		{Spec{Argv: []string{"true"}, Dir: "/root", Credential: nobody, Settings: nice}, 126, `cannot enter directory "/root": permission denied`, syscall.EACCES},
		{Spec{Argv: []string{"true"}, Settings: Settings{NoFile: &syscall.Rlimit{Cur: 9, Max: 8}}}, 126, "cannot set rlimit_nofile to 9:8: invalid argument (the soft limit is above the hard one)", syscall.EINVAL},
		{Spec{Argv: []string{"true"}, Settings: Settings{NoFile: &syscall.Rlimit{Cur: 9, Max: unix.RLIM_INFINITY}}}, 126, "cannot set rlimit_nofile to 9:unlimited: operation not permitted", syscall.EPERM},
		{Spec{Argv: []string{"true"}, Settings: Settings{OOMScoreAdj: ptr(2000)}}, 126, "cannot set oom_score_adj to 2000: invalid argument", syscall.EINVAL},
		{Spec{Argv: []string{"true"}, Settings: Settings{Capabilities: &[]int{63}}}, 126, "cannot keep capability 63: we do not have it", syscall.EPERM},
	}
	for _, tt := range tests {
		pid, err := table.Start(&tt.spec)
		if e := (*StartError)(nil); !errors.As(err, &e) || e.Code != tt.code || !strings.Contains(e.Error(), tt.want) || !errors.Is(err, tt.err) || pid != 0 {
			t.Errorf("got %d, %v, want %d with %q", StartCode(err), err, tt.code, tt.want)
		}
	}
	for table.Reap(func(e Exit) { t.Errorf("an exit is left: %v", e) }) {
		table.Wait(time.Now().Add(time.Second))
	}
}

// TestStartWithoutPrivileges: who is not root is told what is missing.
func TestStartWithoutPrivileges(t *testing.T) {
	needRoot(t)
	for what, want := range map[string]string{
		"nofile": "needs CAP_SYS_RESOURCE",
		"nice":   "needs CAP_SYS_NICE",
		"oom":    "needs CAP_SYS_RESOURCE",
		"user":   "cannot become user 0 and group 0: operation not permitted",
		"caps":   "it needs CAP_SETPCAP",
		"nnp":    "ok\n0 <nil>",
		"keep":   "cannot keep CAP_NET_BIND_SERVICE: we do not have it",
	} {
		got := act(t, "unprivileged", "exec setpriv --reuid 65534 --regid 65534 --clear-groups", 0, what)
		if !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
}

// TestStartWithoutProc: a start with settings needs no /proc.
func TestStartWithoutProc(t *testing.T) {
	needRoot(t)
	// The race detector complains of /proc, before that.
	if got := act(t, "noproc", "", syscall.CLONE_NEWNS); !strings.HasSuffix(got, "0031\n0 <nil>\n") {
		t.Errorf("got %q", got)
	}
}
