package check

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/owner"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
)

// loop is a fake ProberHost with one program, whose process is the test's own.
type loop struct {
	t        *testing.T
	view     part.View
	gone     bool
	posts    chan func()
	started  []int
	ran      []string
	replaced bool     // while a helper process runs, the program gets another process
	exit     error    // of the helper process
	prints   []string // likewise
	short    bool     // what fails is for want of something
	holder   owner.Holder
	nameless bool
}

func newLoop(t *testing.T) *loop {
	if syscall.Getpgrp() == 0 { // our group's leader is outside of our PID namespace
		if err := syscall.Setpgid(0, 0); err != nil {
			t.Fatal(err)
		}
	}
	return &loop{t: t, posts: make(chan func(), 8), view: part.View{Name: "app", Program: program.Program{
		Config: named("app"), State: program.Running, PID: os.Getpid(), Group: syscall.Getpgrp(),
	}}}
}

func (l *loop) Post(f func()) { l.posts <- f }

func (l *loop) Program(name string) *part.View {
	if name != "app" || l.gone {
		return nil
	}
	return &l.view
}

func (l *loop) Run(name string, argv []string, limit time.Duration, _ time.Time, done func(error, []string)) {
	l.ran = append(l.ran, name+" runs "+strings.Join(argv, " ")+" for "+limit.String())
	done(l.exit, l.prints)
}

func (l *loop) Look(uid, gid uint32, args []string, limit time.Duration, _ time.Time, done func(error, []string)) {
	l.ran = append(l.ran, strconv.Itoa(int(uid))+":"+strconv.Itoa(int(gid))+" runs "+strings.Join(args, " ")+" for "+limit.String())
	if l.replaced {
		l.view.PID++
	}
	done(l.exit, l.prints)
}

func (l *loop) TryAgain(string, error, time.Time) bool { return l.short }
func (l *loop) Started() []int                         { return l.started }

func (l *loop) Named(h owner.Holder) string {
	if l.holder = h; l.nameless {
		return ""
	}
	return "program other"
}

// ask asks, and runs what is posted until the answer has come.
func (l *loop) ask(r *Prober, p *config.Probe) error {
	l.t.Helper()
	var answers []error
	r.Ask(processOf(&l.view), p, time.Second, time.Now(), func(err error, now time.Time) {
		if now.IsZero() {
			l.t.Error("the answer has no time")
		}
		answers = append(answers, err)
	})
	for len(answers) == 0 {
		select {
		case f := <-l.posts:
			f()
		case <-time.After(20 * time.Second):
			l.t.Fatal("no answer")
		}
	}
	if len(answers) > 1 {
		l.t.Errorf("%d answers", len(answers))
	}
	return answers[0]
}

// listen opens a socket that answers as a web server does, and returns its probes.
func listen(t *testing.T) (unix, http *config.Probe) {
	path := filepath.Join(t.TempDir(), "socket")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1000)) // the request; nothing from who only connects
			_, _ = c.Write([]byte("HTTP/1.1 204 No Content\r\n\r\n"))
			_ = c.Close()
		}
	}()
	return &config.Probe{Kind: config.ProbeUnix, Address: path},
		&config.Probe{Kind: config.ProbeHTTP, Address: path, Host: "localhost", Request: "/"}
}

// TestOwnAnswer: a socket that the program holds is its own, by whatever probe, and is
// known from then on until its process is forgotten.
func TestOwnAnswer(t *testing.T) {
	unix, http := listen(t)
	for _, files := range []*offload.Pool{nil, offload.New(2, func(string) {})} {
		l := newLoop(t)
		r := NewProber(l, files)
		if err := l.ask(r, http); err != nil {
			t.Errorf("HTTP: %v", err)
		}
		at := addressOf(unix)
		known := r.own["app"][at]
		if len(known) == 0 || !r.Holds("app", known) || r.Holds("other", known) || r.Holds("app", []string{"0"}) {
			t.Errorf("known are %v", r.own)
		}
		l.view.Group, l.view.PID = 0, 1<<22 // nobody, so a walk over /proc would not find it again
		if err := l.ask(r, unix); err != nil {
			t.Errorf("a connection to a known socket: %v", err)
		}
		r.Forget("app")
		if r.Holds("app", known) {
			t.Error("it is known still")
		}
	}
}

// TestForeignAnswer: a socket that another process holds is not the program's; who that
// is stands in the error.
func TestForeignAnswer(t *testing.T) {
	unix, _ := listen(t)
	child, err := os.StartProcess("/bin/sleep", []string{"sleep", "60"}, &os.ProcAttr{Sys: &syscall.SysProcAttr{Setpgid: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = child.Kill()
		_, _ = child.Wait()
	}()
	l := newLoop(t)
	l.view.PID, l.view.Group, l.started = child.Pid, child.Pid, []int{child.Pid}
	r := NewProber(l, nil)
	if err := l.ask(r, unix); !isForeign(err) || err.Error() != unix.Address+" is held by program other" {
		t.Errorf("%v", err)
	}
	if l.holder.PID != os.Getpid() || len(l.holder.Sockets) == 0 || r.own != nil {
		t.Errorf("the holder is %+v, known are %v", l.holder, r.own)
	}
	l.nameless = true
	if err := l.ask(r, unix); !isForeign(err) || err.Error() != unix.Address+" is held by another process" {
		t.Errorf("%v", err)
	}
}

// TestHiddenOwner: what the program's processes do not show is looked at by a helper
// process of their user.
func TestHiddenOwner(t *testing.T) {
	for _, c := range []struct {
		prints  []string
		exit    error
		short   bool
		gone    bool
		change  bool
		foreign bool
		unasked bool
		known   bool
		ran     int
	}{
		{prints: []string{"yes"}, known: true, ran: 1},
		{prints: []string{"no"}, foreign: true, ran: 1},
		{prints: []string{"hidden"}, ran: 1},
		{exit: errors.New("exit code 1"), unasked: true, ran: 1},
		{exit: syscall.EAGAIN, short: true, unasked: true, ran: 1},
		{prints: []string{"yes"}, change: true, ran: 1},
		{prints: []string{"no"}, gone: true},
	} {
		l := newLoop(t)
		l.prints, l.exit, l.short, l.gone = c.prints, c.exit, c.short, c.gone
		l.replaced = c.change
		r := NewProber(l, nil)
		at := owner.Address{Path: "/run/socket"}
		a := &owner.Answer{Whose: owner.Hidden, Sockets: []string{"17"}, PIDs: []int{12, 13}, UID: 33, GID: 34}
		var got error
		r.found(processOf(&l.view), &config.Probe{Kind: config.ProbeUnix, Address: "/run/socket"}, at, a, nil, t0, func(err error, _ time.Time) { got = err })
		if isForeign(got) != c.foreign || isUnasked(got) != c.unasked || (got != nil) != (c.foreign || c.unasked) || r.Holds("app", []string{"17"}) != c.known {
			t.Errorf("%+v: %v, known are %v", c, got, r.own)
		}
		if c.foreign && !slices.Equal(l.holder.Sockets, a.Sockets) {
			t.Errorf("%+v: the holder is %+v", c, l.holder)
		}
		if want := slices.Repeat([]string{"33:34 runs ctl holds 17 12 13 for 5s"}, c.ran); !slices.Equal(l.ran, want) {
			t.Errorf("%+v: %q, want %q", c, l.ran, want)
		}
	}
}

// TestCommand: the answer of a command is its exit, unless it could not be started.
func TestCommand(t *testing.T) {
	p := &config.Probe{Kind: config.ProbeExec, Command: []string{"check", "me"}}
	for _, c := range []struct {
		exit    error
		short   bool
		unasked bool
	}{{nil, true, false}, {errors.New("exit code 3"), false, false}, {syscall.EAGAIN, true, true}} {
		l := newLoop(t)
		l.exit, l.short = c.exit, c.short
		err := l.ask(NewProber(l, nil), p)
		if (err == nil) != (c.exit == nil) || isUnasked(err) != c.unasked {
			t.Errorf("%v: %v", c.exit, err)
		}
		if want := []string{"app runs check me for 1s"}; !slices.Equal(l.ran, want) {
			t.Errorf("%q, want %q", l.ran, want)
		}
	}
}

// TestNoAnswer: nobody listens, or there is no descriptor left to ask with.
func TestNoAnswer(t *testing.T) {
	l := newLoop(t)
	r := NewProber(l, nil)
	p := &config.Probe{Kind: config.ProbeUnix, Address: filepath.Join(t.TempDir(), "nothing")}
	if err := l.ask(r, p); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("%v, want ENOENT", err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := limit
	none.Cur = 3
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	l.short = true
	err := l.ask(r, p)
	if e := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); e != nil {
		t.Fatal(e)
	}
	if !isUnasked(err) || !strings.Contains(err.Error(), syscall.EMFILE.Error()) {
		t.Errorf("%v, want that it could not be asked: %v", err, syscall.EMFILE)
	}
}

// TestGoneMeanwhile: whose a socket is does not matter when the process has gone.
func TestGoneMeanwhile(t *testing.T) {
	unix, _ := listen(t)
	l := newLoop(t)
	l.gone = true
	r := NewProber(l, nil)
	if err := l.ask(r, unix); err != nil || r.own != nil {
		t.Errorf("%v, known are %v", err, r.own)
	}
}

// TestFailedSearch: who has a socket is asked again when nobody could look in time, three
// times at most in a row.
func TestFailedSearch(t *testing.T) {
	l := newLoop(t)
	r := NewProber(l, nil)
	ask := func(exit error, prints ...string) (got error) {
		l.exit, l.prints = exit, prints
		a := &owner.Answer{Whose: owner.Hidden, Sockets: []string{"17"}, PIDs: []int{12}, UID: 33, GID: 34}
		r.found(processOf(&l.view), &config.Probe{Kind: config.ProbeUnix}, owner.Address{Path: "/run/socket"}, a, nil, t0, func(err error, _ time.Time) { got = err })
		return got
	}
	late := errors.New("it has not ended after 5s")
	for n, step := range []struct {
		again bool // nothing is known before: neither a failure nor an owner
		exit  error
		print string
		want  func(error) bool
	}{
		{true, late, "", isUnasked},
		{false, late, "", isUnasked},
		{false, nil, "no", isForeign}, // it could be seen, so the count begins again
		{false, late, "", isUnasked},
		{false, late, "", isUnasked},
		{false, late, "", func(err error) bool { return err == nil }},
		{true, late, "", isUnasked},
	} {
		if step.again {
			r.Forget("app")
		}
		if err := ask(step.exit, step.print); !step.want(err) {
			t.Errorf("search %d: %v", n, err)
		}
	}
}

// TestNoThreadToLook: where no thread is free to look whose a socket is, nothing is known
// yet.
func TestNoThreadToLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files, free := offload.New(1, func(string) {}), make(chan bool)
		go func() { _ = files.Run("hang", func() { <-free }) }()
		synctest.Wait()
		l := newLoop(t)
		answers := make(chan error, 1)
		NewProber(l, files).connected(processOf(&l.view), &config.Probe{Kind: config.ProbeUnix, Address: "/run/socket"}, nil, time.Now(), func(err error, _ time.Time) { answers <- err })
		(<-l.posts)()
		if err := <-answers; !isUnasked(err) {
			t.Errorf("%v", err)
		}
		close(free)
	})
}
