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

// settleHome gives the tools a HOME that they can write to. In a container whose user
// the image does not know (docker run -u 1000:1000) HOME is /, and pip and npm would
// fail. The application finds what pip has installed there by PYTHONUSERBASE, which is set
// at each start, whether or not anything is installed.
//
// The directory is made only when something is to be installed.
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

// Home returns a directory for a user who cannot write HOME, or has none: the one that the
// tools have in dir, the working directory. It is made if it is missing. why says why there
// is none; where HOME can be written both are "".
func Home(dir string) (home, why string) {
	if home := os.Getenv("HOME"); home != "" && writable(home) {
		return "", ""
	}
	if home, _ := ownHome(dir, false); home != "" { // as settleHome looks for it
		return home, ""
	}
	return ownHome(dir, true)
}

// homeless says what to do about a HOME that cannot be written, for the error message of
// a step that may have failed because of it.
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

// ownHome returns the directory that we use in place of HOME, and with create makes it if
// it is missing. Others may be able to write to its parent, so it counts only if it is a
// directory that belongs to us and that nobody else can write; otherwise why says what is
// wrong.
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
