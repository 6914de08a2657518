package owner

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/skip"

	"golang.org/x/sys/unix"
)

// TestListening: of several sockets on one port it is the one that the kernel gives a
// connection to. The lines are from a machine of little-endian words.
func TestListening(t *testing.T) {
	if bytesOf("0100007F") != "\x7f\x00\x00\x01" {
		t.Skip("the words of this machine have another order")
	}
	const loopback, other, six = "\x7f\x00\x00\x01", "\x0a\x00\x00\x02", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
	head := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	tcp := func(address, state, inode string) string {
		return "   0: " + address + " 00000000:0000 " + state + " 00000000:00000000 00:00000000 00000000     0        0 " + inode + " 1 0000 100 0 0 10 0\n"
	}
	const none = "00000000000000000000000000000000"
	dir := t.TempDir() + "/"
	write := func(name, text string) {
		if err := os.WriteFile(dir+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("tcp", head+tcp("0100007F:1F40", "0A", "11")+tcp("00000000:1F40", "0A", "12")+tcp("00000000:1F41", "0A", "13")+
		tcp("00000000:1F42", "0A", "15")+tcp("00000000:1F42", "0A", "16")+tcp("0100007F:1F41", "01", "14"))
	write("tcp6", head+tcp(none+":1F41", "0A", "21")+tcp("00000000000000000000000001000000:1F40", "0A", "22")+
		tcp(none+":1F43", "0A", "23")+tcp("0000000000000000FFFF00000100007F:1F43", "0A", "24"))
	write("unix", "Num       RefCount Protocol Flags    Type St Inode Path\n"+
		"0: 00000002 00000000 00010000 0001 01 31 /run/a.sock\n0: 00000003 00000000 00000000 0001 03 32 /run/a.sock\n0: 00000002 00000000 00010000 0001 01 33 @a\n")
	for _, c := range []struct {
		a    Address
		want string
	}{
		{Address{IP: loopback, Port: 8000}, "11"},
		{Address{IP: other, Port: 8000}, "12"},
		{Address{IP: six, Port: 8000}, "22"},
		{Address{IP: loopback, Port: 8001}, "13"}, // before the socket of IPv6 that takes both
		{Address{IP: six, Port: 8001}, "21"},
		{Address{IP: loopback, Port: 8002}, "15 16"}, // SO_REUSEPORT
		{Address{IP: loopback, Port: 8003}, "24"},
		{Address{IP: other, Port: 8003}, "23"},
		{Address{Port: 8000}, "11 12 22"},
		{Address{IP: loopback, Port: 8004}, ""},
		{Address{Path: "/run/a.sock"}, "31"},
		{Address{Path: "@a"}, "33"},
	} {
		want := strings.Fields(c.want)
		for i := range want {
			want[i] = "socket:[" + want[i] + "]"
		}
		if got := listening(dir, c.a); !slices.Equal(got, want) {
			t.Errorf("%+v: %v, want %v", c.a, got, want)
		}
	}
}

// holder starts a process group whose command has a listening socket as descriptor 3,
// or not, and returns its process id.
func holder(t *testing.T, socket *os.File, command string) int {
	t.Helper()
	cmd := exec.Command("sh", "-c", command)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if socket != nil {
		cmd.ExtraFiles = []*os.File{socket}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	return cmd.Process.Pid
}

// listen makes a listening socket for others to hold.
func listen(t *testing.T, network, address string) (*os.File, Address) {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if network == "unix" {
		l.(*net.UnixListener).SetUnlinkOnClose(false)
		f, err := l.(*net.UnixListener).File()
		if err != nil {
			t.Fatal(err)
		}
		return f, Address{Path: address}
	}
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	return f, Address{IP: "\x7f\x00\x00\x01", Port: l.Addr().(*net.TCPAddr).Port}
}

// TestAsk: a socket is a program's when one of its processes has it, be it in its
// process group or only a descendant; that of another program is not, and one of a
// process that has lost its parents may be anybody's.
func TestAsk(t *testing.T) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		network, command string
		holder, other    Whose
	}{
		"main process": {"tcp", "exec sleep 1000", Ours, Theirs},
		"unix":         {"unix", "exec sleep 1000", Ours, Theirs},
		"child":        {"tcp", "sleep 1000 & exec 3>&-; wait", Ours, Theirs},
		"own session":  {"tcp", "setsid sleep 1000 & exec 3>&-; wait", Ours, Theirs},
		"orphan":       {"tcp", "(setsid sh -c 'echo $$ >PID; exec sleep 1000' &); exec 3>&-; exec sleep 1000", Unknown, Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			address := "127.0.0.1:0"
			if c.network == "unix" {
				address = filepath.Join(dir, "sock")
			}
			socket, at := listen(t, c.network, address)
			a := holder(t, socket, strings.ReplaceAll(c.command, "PID", dir+"/pid"))
			b := holder(t, nil, "exec sleep 1000")
			socket.Close()
			if name == "orphan" {
				t.Cleanup(func() {
					text, _ := os.ReadFile(dir + "/pid")
					if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
						_ = syscall.Kill(pid, syscall.SIGKILL)
						_, _ = syscall.Wait4(pid, nil, 0, nil)
					}
				})
			}
			await := func(q Question, want Whose) (got Answer) {
				eventually.So(t, fmt.Sprintf("%+v: %v", q, want), func() bool {
					got = Ask(q)
					return got.Whose == want && len(got.Sockets) == 1
				}, func() string { return fmt.Sprintf("%+v", got) })
				return got
			}
			await(Question{Address: at, PID: a, Group: a, Others: []int{b}}, c.holder)
			theirs := await(Question{Address: at, PID: b, Group: b, Others: []int{a}}, c.other)
			if name == "main process" && theirs.Holder.PID != a {
				t.Errorf("held by %+v, want process %d", theirs.Holder, a)
			}
		})
	}
}

// TestAskNobody: without a listening socket, or a process that can be found, nothing
// is known.
func TestAskNobody(t *testing.T) {
	socket, at := listen(t, "tcp", "127.0.0.1:0")
	if got := Ask(Question{Address: at, PID: 1 << 30, Group: 1 << 30}); got.Whose != Unknown {
		t.Errorf("no such process: %+v", got)
	}
	socket.Close()
	if got := Ask(Question{Address: at, PID: os.Getpid(), Group: os.Getpid()}); got.Whose != Unknown || len(got.Sockets) != 0 {
		t.Errorf("no such socket: %+v", got)
	}
}

// TestLook: what a helper process says, and what is made of it.
func TestLook(t *testing.T) {
	socket, at := listen(t, "tcp", "127.0.0.1:0")
	a, b := holder(t, socket, "exec sleep 1000"), holder(t, nil, "exec sleep 1000")
	socket.Close()
	for _, c := range []struct {
		pids []int
		args []string
		want string
		then Whose
	}{
		{pids: []int{b, a}, want: yes, then: Ours},
		{pids: []int{b}, want: no, then: Theirs},
		{args: []string{"x"}, want: hidden, then: Unknown},
		{args: []string{"x", "../1"}, want: hidden, then: Unknown},
	} {
		answer := Answer{Whose: Hidden, Sockets: Listening(at), PIDs: c.pids}
		args := c.args
		if args == nil {
			args = answer.Args()
		}
		got := Look(args)
		if answer.Looked([]string{got}); got != c.want || answer.Whose != c.then {
			t.Errorf("%v: %s, so %v; want %s and %v", args, got, answer.Whose, c.want, c.then)
		}
	}
}

// TestEnding: a process that ends shows its descriptors to nobody, and is taken for one
// that holds nothing, not for one that hides something.
func TestEnding(t *testing.T) {
	skip.UnlessRoot(t, "for a process of another user")
	const nobody = 65534
	cmd := exec.Command("sleep", "1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	_ = cmd.Process.Kill()
	pid := strconv.Itoa(cmd.Process.Pid)
	eventually.So(t, "the end of a process", func() bool { return ending(pid) }, nil)
	looked := make(chan bool)
	go func() { // as a helper process of that user; the thread ends with its user
		runtime.LockOSThread()
		if err := syscall.Setfsuid(nobody); err != nil {
			t.Error(err)
		}
		_, shut := shows("/proc/"+pid+"/fd/", nil)
		_, hidden := holds(pid, nil)
		looked <- shut && !hidden
	}()
	if !<-looked {
		t.Error("it does not hide what it has, or counts as one that hides it")
	}
	if !ending(strconv.Itoa(1<<22)) || ending(strconv.Itoa(os.Getpid())) {
		t.Error("there is no process that has gone, or this one is")
	}
}
