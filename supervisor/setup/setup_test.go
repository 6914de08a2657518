package setup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/lock"
)

func TestParsePolicy(t *testing.T) {
	for s, want := range map[string]Policy{
		"": Changed, "changed": Changed, "off": Off, "first": First, "always": Always, "offline": Offline,
	} {
		if got, err := ParsePolicy(s); got != want || err != nil {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	if _, err := ParsePolicy("Off"); err == nil || err.Error() != `cannot use setup policy "Off": want off, first, changed, always or offline` {
		t.Errorf("error %v", err)
	}
}

func TestRecord(t *testing.T) {
	dir := t.TempDir()
	now := time.Now().UTC().Truncate(time.Second)
	r := readRecord(dir)
	r.complete = now
	e := &entry{
		hash: "abc", arch: "amd64", tool: "/usr/bin/x", version: "X = 1 ; [beta]", fingerprint: "/a b -> /c, 1 bytes",
		evidence: []string{"/a", "/b = c", "/d\ne"}, installed: now, took: 1500 * time.Millisecond,
	}
	r.steps["Gemfile"] = e
	must(t, r.write(dir))
	got := readRecord(dir)
	e.evidence = e.evidence[:2] // a name with a newline is left out
	if got.note != "" || !got.complete.Equal(now) || len(got.steps) != 1 || got.String() != r.String() {
		t.Errorf("read back:\n%s\nwant:\n%s", got, r)
	}
	for text, note := range map[string]string{
		"":                      "is empty",
		" \n":                   "is empty",
		"[setup]\nformat = 2\n": "not in a form",
		"[setup]\nformat":       "not in a form",
		"\xff\xfe":              "not in a form",
		"[step:x]\nhash = 1\n":  "not in a form",
	} {
		must(t, os.WriteFile(filepath.Join(dir, marker), []byte(text), 0o644))
		if r := readRecord(dir); len(r.steps) != 0 && r.note == "" || !strings.Contains(r.note, note) {
			t.Errorf("%q: note %q, want %q", text, r.note, note)
		}
	}
	must(t, os.Remove(filepath.Join(dir, marker)))
	must(t, os.Mkdir(filepath.Join(dir, marker), 0o755))
	if r := readRecord(dir); !strings.Contains(r.note, "cannot read marker") {
		t.Errorf("a directory: note %q", r.note)
	}
}

func TestDebugMarker(t *testing.T) {
	dir := t.TempDir()
	want := func(marked bool, said string) {
		t.Helper()
		if is, note := DebugMarked(dir); is != marked || !strings.HasPrefix(note, said) || note != "" && said == "" {
			t.Errorf("marked %t, %q, want %t, %q", is, note, marked, said)
		}
	}
	want(false, "")
	must(t, MarkDebug(dir))
	must(t, MarkDebug(dir))
	want(true, "")
	must(t, UnmarkDebug(dir))
	must(t, UnmarkDebug(dir))
	want(false, "")
	// What another container has left in a source tree, and a script's marker.
	for text, note := range map[string]string{
		"":                        `marker "debug1" does not say which container it is for; it is ignored`,
		"for = elsewhere 1234\n":  `marker "debug1" is for the container or machine "elsewhere", and this is `,
		"for = " + here() + "0\n": `marker "debug1" is for the container or machine "` + strings.Fields(here())[0] + `", and this is another one of that name; it is ignored`,
	} {
		must(t, os.WriteFile(filepath.Join(dir, debugMarker), []byte(text), 0o644))
		want(false, note)
	}
	must(t, MarkDebug(dir))
	want(true, "")
	must(t, UnmarkDebug(dir))
	must(t, os.Mkdir(filepath.Join(dir, debugMarker), 0o755))
	want(false, `cannot read marker "debug1": `)
	if err := MarkDebug(dir + "/none"); err == nil || err.Error() != `cannot write marker "debug1": no such file or directory` {
		t.Errorf("error %v", err)
	}
}

// TestRootMount: which container it is stands in the line of the root directory that is
// on top, and not in what differs between two boots.
func TestRootMount(t *testing.T) {
	const (
		docker = "606 535 0:48 / / rw,relatime master:246 - overlay overlay rw,lowerdir=/v/l/A:/v/l/B,upperdir=/v/3f/diff,workdir=/v/3f/work\n"
		proc   = "607 606 0:53 / /proc rw,nosuid - proc proc rw\n"
		disk   = "29 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
		btrfs  = "606 535 0:40 /@/var/lib/docker/btrfs/subvolumes/77 / rw,relatime - btrfs /dev/sda2 rw,space_cache\n"
	)
	for text, want := range map[string]string{
		docker + proc: "/ overlay upperdir=/v/3f/diff",
		disk + docker: "/ overlay upperdir=/v/3f/diff",
		disk:          "/ /dev/sda1",
		btrfs:         "/@/var/lib/docker/btrfs/subvolumes/77 /dev/sda2",
		"":            "",
		"nonsense\n":  "",
	} {
		if got := rootMount(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestCheckImage: markers that a bind mount has left in the source tree are refused
// while an image is built; those that the image makes itself are not.
func TestCheckImage(t *testing.T) {
	dir := t.TempDir()
	if !InImage(dir) {
		t.Skip("the temporary directory is a mount of its own")
	}
	debug0 := func(owner string) string { return (&record{complete: time.Now(), owner: owner}).String() }
	for _, c := range []struct{ name, text, want string }{
		{debugMarker, "", `marker "debug1" does not say which container it is for: it has come from the source tree`},
		{debugMarker, "for = x 1\n", `marker "debug1" is for the container or machine "x", and this is `},
		{debugMarker, "for = " + here() + "\n", ""},
		{marker, "", ""},
		{marker, debug0(""), ""},
		{marker, debug0(imageOwner), ""},
		{marker, debug0(here()), ""},
		{marker, debug0("x 1"), `marker "debug0" is for the container or machine "x", and this is `},
	} {
		file := filepath.Join(dir, c.name)
		must(t, os.WriteFile(file, []byte(c.text), 0o644))
		switch err := CheckImage(dir); {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)):
			t.Errorf("%s with %q: %v, want %q", c.name, c.text, err, c.want)
		}
		must(t, os.Remove(file))
	}
	must(t, CheckImage(dir))
	if InImage("/proc") {
		t.Error("a mount is a part of the image")
	}
}

func TestNothingDeclared(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "requirements.txt"), 0o755))
	r := &runner{}
	must(t, Run(r.options(dir)))
	if record := readRecord(dir); len(record.steps) != 0 || record.complete.IsZero() || r.lines != nil {
		t.Errorf("a directory without requirement files has steps %v, or said %v", record.steps, r.lines)
	}
}

// flaky is a project whose tool prints and fails as the script says.
func flaky(t *testing.T, script string) (*runner, *Options) {
	t.Helper()
	path := files(t, map[string]string{"composer": "#!/bin/sh\n" + script})
	r := &runner{}
	return r, r.options(files(t, map[string]string{"composer.json": "{}"}), "PATH="+path+":/usr/bin:/bin")
}

// installs are the commands that install: a php that is there is asked for its
// version as well.
func (r *runner) installs() (list []string) {
	for _, c := range r.commands {
		if strings.HasPrefix(c, "composer ") {
			list = append(list, c)
		}
	}
	return list
}

func TestRetry(t *testing.T) {
	r, o := flaky(t, "echo once >>count; [ $(wc -l <count) -gt 2 ] || { echo no network; exit 7; }")
	must(t, Run(o))
	contains(t, r.log(), "composer.json: | no network", "composer.json: composer exited with 7; trying again in 1s", "composer.json: done in ")
	if len(r.slept) != 2 || r.slept[0] != time.Second || r.slept[1] != 4*time.Second {
		t.Errorf("slept %v", r.slept)
	}
}

func TestFailureShowsTheTail(t *testing.T) {
	r, o := flaky(t, `i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "line $i"; done
		printf 'bar 1%%\rbar 50%%\rbar 100%%\r\n'; head -c 3000000 /dev/zero | tr '\0' x; printf '\nno newline'; exit 9`)
	err := Run(o)
	var failed *Error
	if !errors.As(err, &failed) || failed.Code != 9 || failed.Step != "composer.json" {
		t.Fatalf("error %#v", err)
	}
	if err.Error() != "cannot install composer.json: composer exited with 9 in 3 attempts" {
		t.Errorf("error %q", err)
	}
	var tail []string
	for _, line := range r.lines {
		if text, ok := strings.CutPrefix(line, "setup: composer.json: | "); ok {
			tail = append(tail, text)
		}
	}
	tail = tail[len(r.slept):] // one line for each failed attempt before
	if len(tail) != tailLines || tail[0] != "line 2984" || tail[16] != "line 3000" || tail[17] != "bar 100%" ||
		tail[18] != strings.Repeat("x", longestLine) || tail[19] != "no newline" {
		t.Errorf("%d lines, first %.20q, last %.20q", len(tail), tail[0], tail[len(tail)-3:])
	}
}

func TestProgress(t *testing.T) {
	r, o := flaky(t, "echo Fetching things; read line <wait")
	fifo := filepath.Join(o.Dir, "wait")
	must(t, syscall.Mkfifo(fifo, 0o600))
	o.every = time.Millisecond
	said := make(chan struct{}, 1)
	log := o.Log
	o.Log = func(line string) {
		log(line)
		if strings.Contains(line, "still at it after 0.") && strings.HasSuffix(line, "s: Fetching things") {
			select {
			case said <- struct{}{}:
			default:
			}
		}
	}
	done := make(chan error, 1)
	go func() { done <- Run(o) }()
	select {
	case <-said:
	case <-time.After(time.Minute):
		t.Fatalf("no progress:\n%s", r.log())
	}
	must(t, os.WriteFile(fifo, []byte("\n"), 0))
	must(t, <-done)
}

// A process that the tool leaves behind holds the pipe, not us.
func TestLeftoverHoldsThePipe(t *testing.T) {
	_, o := flaky(t, "sleep 600 & echo $! >pid")
	start := time.Now()
	must(t, Run(o))
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %v", took)
	}
	pid, err := os.ReadFile(filepath.Join(o.Dir, "pid"))
	must(t, err)
	n, err := strconv.Atoi(strings.TrimSpace(string(pid)))
	must(t, err)
	must(t, syscall.Kill(n, syscall.SIGKILL))
}

func TestStopSignals(t *testing.T) {
	// While a step runs: nothing is recorded even if the tool succeeds.
	_, o := flaky(t, "")
	run := o.Run
	o.Run = func(c *launch.Command) (launch.Result, error) {
		result, err := run(c)
		result.Stopped = syscall.SIGTERM
		return result, err
	}
	var aborted *Aborted
	if err := Run(o); !errors.As(err, &aborted) || aborted.Signal != syscall.SIGTERM {
		t.Errorf("error %v", err)
	}
	if there(filepath.Join(o.Dir, marker)) {
		t.Error("recorded")
	}
	// Between two attempts.
	r, o := flaky(t, "exit 1")
	o.Sleep = func(time.Duration) syscall.Signal { return syscall.SIGINT }
	if err := Run(o); !errors.As(err, &aborted) || aborted.Signal != syscall.SIGINT || len(r.installs()) != 1 {
		t.Errorf("error %v after %v", err, r.commands)
	}
}

// A file that changes while the tool reads it is noticed at the next start.
func TestChangeDuringTheStep(t *testing.T) {
	r, o := flaky(t, "echo '{\"new\": 1}' >composer.json")
	must(t, Run(o))
	r.forget()
	must(t, Run(o))
	if len(r.installs()) != 1 {
		t.Errorf("the next start ran %v", r.commands)
	}
}

func TestWithoutLock(t *testing.T) {
	r, o := flaky(t, "")
	must(t, os.Chmod(o.Dir, 0o755))
	unlock, err := tryLock(o.Dir)
	must(t, err)
	if _, err := tryLock(o.Dir); !errors.Is(err, lock.ErrHeld) {
		t.Errorf("second lock: %v", err)
	}
	unlock()
	o.Dir += "/"
	must(t, Run(o))
	if len(r.installs()) != 1 {
		t.Errorf("ran %v", r.commands)
	}
	if _, err := tryLock(filepath.Join(o.Dir, "none")); err == nil || errors.Is(err, lock.ErrHeld) {
		t.Errorf("no directory: %v", err)
	}
}

// TestLockHeld: whoever holds the lock and gives no sign of life is named, and waited
// for in vain only so long. That nobody else can hold it, one file sees to that only
// its owner can open; it is gone afterwards.
func TestLockHeld(t *testing.T) {
	r, o := flaky(t, "")
	o.LockTimeout = 50 * time.Millisecond
	path := filepath.Join(o.Dir, lockName)
	must(t, os.WriteFile(path, nil, 0o644)) // as an earlier one may have left it
	stranger, err := os.Open(path)
	must(t, err)
	must(t, lock.Try(stranger))
	err = Run(o)
	failed := (*Error)(nil)
	if !errors.As(err, &failed) || failed.Code != 75 || !strings.HasPrefix(err.Error(), "cannot set up: "+path+" is locked by process "+strconv.Itoa(os.Getpid())+" (") {
		t.Errorf("%v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the lock file: %v, %v", info, err)
	}
	stranger.Close()

	// Under its name is something else: the directory is locked, which all can do who
	// may read it, and the work is done all the same.
	must(t, os.Remove(path))
	victim := filepath.Join(t.TempDir(), "victim")
	must(t, os.WriteFile(victim, nil, 0o644))
	must(t, os.Symlink(victim, path))
	dir, err := os.Open(o.Dir)
	must(t, err)
	defer dir.Close()
	must(t, lock.Try(dir))
	must(t, Run(o))
	if len(r.installs()) != 1 {
		t.Errorf("ran %v", r.commands)
	}
	must(t, os.Remove(path))

	unlock, err := tryLock(o.Dir)
	must(t, err)
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the lock file: %v, %v", info, err)
	}
	unlock()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is left over: %v", err)
	}
}

// TestDone: who asks learns what each step has done, and what did not have to run.
func TestDone(t *testing.T) {
	_, o := flaky(t, "sleep 1")
	var told []string
	o.Acts = func() { told = append(told, "acts") }
	o.Done = func(step string, done bool, took time.Duration) {
		told = append(told, fmt.Sprint(step, " ", done, " ", took > time.Second))
	}
	must(t, Run(o))
	must(t, Run(o))
	if want := []string{"acts", "composer.json true true", "composer.json false false"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

func TestLeftMarkersAreSwept(t *testing.T) {
	_, o := flaky(t, "")
	for _, name := range []string{".debug0123456", ".debug0", ".debug0x", "debug01"} {
		must(t, os.WriteFile(filepath.Join(o.Dir, name), nil, 0o644))
	}
	must(t, Run(o))
	for name, want := range map[string]bool{".debug0123456": false, ".debug0": true, ".debug0x": true, "debug01": true} {
		if there(filepath.Join(o.Dir, name)) != want {
			t.Errorf("%s: there %v, want %v", name, !want, want)
		}
	}
}

// BenchmarkUnchanged is what the setup costs a start when nothing has changed: a
// tutorial's files on this machine's own interpreters.
func BenchmarkUnchanged(b *testing.B) {
	dir := b.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	write(osFile, "bash dpkg")
	write(pythonFile, strings.Repeat("flask\n", 100))
	write("package.json", `{}`)
	write("package-lock.json", strings.Repeat("{}\n", 30000))
	o := &Options{
		Dir: dir, Log: func(line string) { b.Log(line) },
		Run: func(*launch.Command) (launch.Result, error) {
			b.Fatal("started a process")
			return launch.Result{}, nil
		},
	}
	s := &setup{system: &system{dir: dir, env: os.Environ()}}
	r := readRecord(dir)
	r.complete = time.Now()
	for _, st := range s.system.steps() {
		sums, err := digests(dir, st.inputs())
		if err != nil {
			b.Fatal(err)
		}
		e := &entry{hash: sums.sum(), arch: architecture, fingerprint: fingerprint(st.fingerprintFile())}
		for range 20 {
			e.evidence = append(e.evidence, dir)
		}
		r.steps[st.name] = e
	}
	if err := r.write(dir); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := Run(o); err != nil {
			b.Fatal(err)
		}
	}
}

// TestFirstOfAnother: with the policy first, debug0 keeps what it declares from being
// installed where it is, or the image, is meant, and not where it has come along from
// another container's start.
func TestFirstOfAnother(t *testing.T) {
	for owner, installs := range map[string]bool{"elsewhere 1": true, "": false, imageOwner: false, here(): false} {
		r, o := flaky(t, "echo once >>count")
		o.Policy = First
		must(t, (&record{complete: time.Now(), owner: owner}).write(o.Dir))
		must(t, Run(o))
		if said := r.log(); strings.Contains(said, "composer.json: done in ") != installs {
			t.Errorf("%q: %s", owner, said)
		}
	}
	r, o := flaky(t, "echo once >>count")
	o.Image = true
	must(t, Run(o))
	owner := here()
	if InImage(o.Dir) {
		owner = imageOwner
	}
	if got := readRecord(o.Dir).owner; got != owner {
		t.Errorf("debug0 is for %q, want %q\n%s", got, owner, r.log())
	}
}

// TestPending: what is declared and not recorded is still to come, and finding that out
// starts nothing.
func TestPending(t *testing.T) {
	r, o := flaky(t, "echo once >>count")
	want := func(when string, policy Policy, pending bool) {
		t.Helper()
		o.Policy = policy
		if got := Pending(o); got != pending {
			t.Errorf("%s: %t", when, got)
		}
	}
	want("at first", Changed, true)
	want("off", Off, false)
	if len(r.commands) > 0 {
		t.Errorf("it ran %q", r.commands)
	}
	o.Policy = Changed
	must(t, Run(o))
	want("when it is done", Changed, false)
	must(t, os.WriteFile(filepath.Join(o.Dir, "composer.json"), []byte(`{"require":{}}`), 0o644))
	want("when it has changed", Changed, true)
	want("when changes are ignored", First, false)
	o.Dir = t.TempDir()
	want("with nothing declared", Changed, false)
}

// TestFirstStartWithNothingToInstall: the marker says that it was there, a
// second start leaves it as it is, and where it cannot be written all goes well.
func TestFirstStartWithNothingToInstall(t *testing.T) {
	dir := t.TempDir()
	o := &Options{Dir: dir, Log: func(line string) { t.Errorf("logged %q", line) }}
	if err := Run(o); err != nil {
		t.Fatal(err)
	}
	first := readRecord(dir)
	if first.note != "" || first.complete.IsZero() || len(first.steps) != 0 {
		t.Errorf("%+v", first)
	}
	if err := Run(o); err != nil {
		t.Fatal(err)
	}
	if again := readRecord(dir); !again.complete.Equal(first.complete) {
		t.Errorf("%v became %v", first.complete, again.complete)
	}
	o.Dir = filepath.Join(dir, "missing")
	if err := Run(o); err != nil {
		t.Errorf("nowhere to write: %v", err)
	}
}
