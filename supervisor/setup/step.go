package setup

import (
	"encoding/hex"
	"errors"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
)

const architecture = runtime.GOARCH

// step is one requirement file and the way to install what it declares.
type step struct {
	name string // of the requirement file; also the step's key in the record
	recipe
}

// recipe is what differs between the kinds of steps.
type recipe interface {
	// inputs names the files, relative to the directory, whose content decides
	// what is installed. They need not be there.
	inputs() []string
	// fingerprintFile is the path of the file that stands for what the packages were
	// installed into: the interpreter, or the database of the operating system's
	// packages. As long as its fingerprint is the same, the packages are the same.
	fingerprintFile() string
	// leaves names the files, relative to the directory, that a tool makes if they are
	// missing, and that would count as the user's declaration at the next start.
	leaves() []string
	// updates names the inputs that the tool may rewrite by itself.
	updates() []string
	// recheck looks closer when the fingerprint differs and returns what no
	// longer holds, "" when all is well.
	recheck(e *entry, a *attempt) (string, error)
	// install installs, in one attempt.
	install(a *attempt) (done, error)
}

// done describes a successful install.
type done struct {
	tool     string   // that installed; "": nothing had to be done
	version  string   // of the interpreter
	evidence []string // paths that vanish with the packages; relative ones lie in the directory
}

// declared are the inputs that only the user writes. If one changes while the tool runs,
// the next start installs again.
func (st *step) declared() []string {
	own := st.updates()
	return slices.DeleteFunc(st.inputs(), func(name string) bool { return slices.Contains(own, name) })
}

// first is why a step runs that has never run.
const first = "first start"

// why returns the reason for which a step has to run now, "" when there is none.
func (s *setup) why(st *step) (string, error) {
	e := s.record.steps[st.name]
	switch {
	case s.Policy == First && s.finished():
		return "", nil
	case e == nil:
		return first, nil
	case s.Policy == Always:
		return "runs at every start", nil
	case e.arch != architecture:
		return "was installed for " + e.arch + ", this is " + architecture, nil
	}
	sums, err := digests(s.Dir, st.inputs())
	if err != nil {
		return "", &Error{Step: st.name, Code: codeConfig, Cause: err}
	}
	if sums.sum() != e.hash {
		return "has changed", nil
	}
	for _, w := range e.evidence {
		path := w
		if !filepath.IsAbs(w) {
			path = filepath.Join(s.Dir, w)
		}
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			return "what " + marker + " says was installed is gone (no " + w + ")", nil
		}
	}
	print := fingerprint(st.fingerprintFile())
	if print == e.fingerprint {
		return "", nil
	}
	why, err := st.recheck(e, &attempt{setup: s, step: st.name})
	if err == nil && why == "" {
		s.refresh(st, print)
	}
	return why, err
}

// refresh records a new fingerprint, so that the next start need not look closer. That
// only saves time, so it is skipped while another container has the lock.
func (s *setup) refresh(st *step, print string) {
	if s.locked {
		s.record.steps[st.name].fingerprint = print // written with the next save
		return
	}
	unlock, err := tryLock(s.Dir)
	if err != nil {
		return
	}
	defer unlock()
	now := readRecord(s.Dir)
	if e := now.steps[st.name]; e != nil && e.hash == s.record.steps[st.name].hash {
		e.fingerprint = print
		_ = now.write(s.Dir)
	}
}

// sums are the hashes of a step's inputs, by name; "" for a file that is not there.
type sums struct {
	names []string
	of    map[string]string
}

// digests hashes the named files.
func digests(dir string, names []string) (sums, error) {
	return sums{of: map[string]string{}}.extend(dir, names)
}

// extend hashes what was not there before. A tool may write a lock file that is
// an input from then on; a file that was there counts as it was before the tool
// ran, so that a change during the run is noticed at the next start.
func (d sums) extend(dir string, names []string) (sums, error) {
	d.names = names
	for _, name := range names {
		if d.of[name] != "" {
			continue
		}
		sum, err := digest(filepath.Join(dir, name))
		if err != nil {
			return d, err
		}
		d.of[name] = sum
	}
	return d, nil
}

// sum is one hash over all files that exist. It only has to notice a change: whoever
// wants to deceive it can write the marker as well. A cryptographic hash would cost PID 1
// 160 kB.
func (d sums) sum() string {
	all := fnv.New128a()
	for _, name := range d.names {
		if d.of[name] != "" {
			_, _ = io.WriteString(all, d.of[name]+"  "+name+"\n")
		}
	}
	return hex.EncodeToString(all.Sum(nil))
}

func digest(path string) (string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return "", nil
	}
	if err != nil {
		return "", errors.New("cannot read " + path + ": " + cause(err).Error())
	}
	defer func() { _ = f.Close() }()
	h := fnv.New128a()
	if _, err := io.Copy(h, f); err != nil {
		return "", errors.New("cannot read " + path + ": " + cause(err).Error())
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
