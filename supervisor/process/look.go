package process

import (
	"errors"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/config/environ"
)

// defaultPath is where a command is searched when the environment has no PATH;
// the same as execvp(3) of the C libraries, with the sbin directories that a
// container's root expects.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// StartError says why a command could not be started. Code is the exit code
// that stands for it: 126 (cannot execute) or 127 (not found).
type StartError struct {
	Command string // argv[0] as it was given
	Code    int
	Reason  string
	Err     error // the system's error, nil when there was none
}

func (e *StartError) Error() string {
	return "cannot run " + quote(e.Command) + ": " + e.Reason
}

func (e *StartError) Unwrap() error { return e.Err }

// StartCode returns the exit code that stands for an error of Start.
func StartCode(err error) int {
	if e := (*StartError)(nil); errors.As(err, &e) {
		return e.Code
	}
	return CodeCannotExecute
}

// Look finds the file that command names: itself when it has a slash (relative
// to dir), else the first executable file of that name in the PATH of env.
func Look(command string, env []string, dir string) (string, error) {
	if command == "" {
		return "", &StartError{command, CodeNotFound, "the command is empty", syscall.ENOENT}
	}
	if strings.Contains(command, "/") {
		if err := executable(within(dir, command)); err != nil {
			return "", startError(command, within(dir, command), err, nil)
		}
		return command, nil // the child resolves it after its chdir
	}
	path, ok := environ.Lookup(env, "PATH")
	if !ok {
		path = defaultPath
	}
	denied := error(nil)
	for _, entry := range strings.Split(path, ":") {
		if entry == "" {
			entry = "." // POSIX: an empty entry is the working directory
		}
		file := entry + "/" + command
		err := executable(within(dir, file))
		if err == nil {
			return file, nil
		}
		// As execvp: a file that cannot be executed is reported only if no
		// later directory has one that can.
		if !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) && denied == nil {
			denied = &StartError{command, CodeCannotExecute, file + ": " + refusal(within(dir, file), err, nil), err}
		}
	}
	if denied != nil {
		return "", denied
	}
	return "", &StartError{command, CodeNotFound, "not found in PATH (" + path + ")", syscall.ENOENT}
}

// Look is the function of this name. It may be called from any goroutine.
func (*Table) Look(command string, env []string, dir string) (string, error) {
	return Look(command, env, dir)
}

// look is the command's file. Who calls Start from a loop has looked before, where a
// file system that does not answer holds up nobody.
func (s *Spec) look(env []string) (string, error) {
	if s.File != "" {
		return s.File, nil
	}
	return Look(s.Argv[0], env, s.Dir)
}

// executable returns nil when file is a regular file that we may execute.
func executable(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return syscall.EISDIR
	}
	err = unix.Faccessat(unix.AT_FDCWD, file, unix.X_OK, unix.AT_EACCESS)
	if errors.Is(err, syscall.EACCES) && info.Mode()&0o111 == 0 {
		return nobodyMay{err}
	}
	return err
}

// nobodyMay is EACCES for a file that nobody may execute.
type nobodyMay struct{ error }

func (e nobodyMay) Unwrap() error { return e.error }

// NobodyMay says whether an error of Look is that nobody may execute the file.
func NobodyMay(err error) bool { return errors.As(err, &nobodyMay{}) }

func within(dir, file string) string {
	if dir == "" || strings.HasPrefix(file, "/") {
		return file
	}
	return dir + "/" + file
}

// startError turns the error of stat(2) or execve(2) into exit code and words.
func startError(command, file string, err error, c *syscall.Credential) *StartError {
	code := CodeCannotExecute
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		code = CodeNotFound
	}
	return &StartError{command, code, refusal(file, err, c), err}
}

func reason(err error) string {
	if errors.Is(err, syscall.EISDIR) {
		return "it is a directory"
	}
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}

func quote(s string) string { return `"` + s + `"` }
