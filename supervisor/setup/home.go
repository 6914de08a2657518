package setup

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/safefile"
)

// homeName is the directory of ours that stands for a HOME that cannot be written, in
// the working directory or else, with the number of our user, below /tmp.
const homeName = ".entry-point-home"

// settleHome sees to it that the tools have a HOME that can be written. In a container
// whose user is none of the image (docker run -u 1000:1000) HOME is /, and pip and npm
// would fail. What pip installs there is to be found by the application: that is what
// PYTHONUSERBASE is for, whether or not anything is installed in this start.
//
// It is called at each start, and made where it is not there only if something is to be
// installed.
func (s *setup) settleHome(steps []*step, create bool) {
	home := s.system.getenv("HOME")
	if home == "" || writable(home) {
		return
	}
	own, err := ownHome(s.Dir, create)
	if own == "" {
		s.system.homeless = err
		return
	}
	s.system.homeless = ""
	s.system.set("HOME", own)
	for _, st := range steps {
		if st.name == pythonFile && s.system.getenv("PYTHONUSERBASE") == "" && s.Setenv != nil {
			s.Setenv("PYTHONUSERBASE", filepath.Join(own, ".local"))
		}
	}
}

// homeless is what to do about a HOME that cannot be written, for the error of a step
// that this may be the reason of.
func (a *attempt) homeless(why string) string {
	if a.system.homeless == "" || !strings.Contains(strings.ToLower(why), "permission denied") && !strings.Contains(why, "EACCES") {
		return ""
	}
	return "; HOME is " + strconv.Quote(a.system.getenv("HOME")) + ", which user " + strconv.Itoa(os.Geteuid()) +
		" cannot write, and " + a.system.homeless + ": set HOME, or for Python PYTHONUSERBASE, to a directory that it can write"
}

// writable says whether we may make files in a directory, or make that directory.
func writable(dir string) bool {
	err := unix.Access(dir, unix.W_OK|unix.X_OK)
	if err == unix.ENOENT && dir != "/" {
		return writable(filepath.Dir(filepath.Clean(dir)))
	}
	return err == nil
}

// makeDir makes a directory for us alone.
func makeDir(path string) error {
	parent, name, err := safefile.Parent(path)
	if err != nil {
		return err
	}
	defer parent.Close()
	return parent.Mkdir(name, 0o700)
}

// ownHome returns our directory in the place of HOME, and makes it, if create says so,
// where it is not there. Others may be able to write where it is, so it has to be a directory that is
// ours and that nobody else can write; else why says what is wrong.
func ownHome(dir string, create bool) (home, why string) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err.Error()
	}
	for _, home := range []string{
		filepath.Join(dir, homeName), "/tmp/" + homeName + "-" + strconv.Itoa(os.Geteuid()),
	} {
		err := error(os.ErrNotExist)
		if create {
			err = makeDir(home)
		}
		if err == nil {
			return home, ""
		}
		info, err2 := os.Lstat(home)
		if err2 != nil {
			why = "cannot make " + home + ": " + cause(err).Error()
			continue
		}
		if owner := info.Sys().(*syscall.Stat_t).Uid; info.IsDir() && int(owner) == os.Geteuid() && info.Mode()&0o022 == 0 {
			return home, ""
		}
		why = home + " is not a directory of ours alone"
	}
	return "", why
}
