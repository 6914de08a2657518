package process

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// Inspect says why a command line could not be started in dir with the environment
// env, as far as that can be seen without starting it; nil: nothing speaks against it.
// c is who is to run it; nil: we ourselves.
func Inspect(argv, env []string, dir string, c *syscall.Credential) error {
	if info, err := os.Stat(dir); dir != "" && err != nil {
		return &StartError{argv[0], CodeNotFound, "its directory " + quote(dir) + ": " + reason(errnoOf(err)), err}
	} else if dir != "" && !info.IsDir() {
		return &StartError{argv[0], CodeNotFound, "its directory " + quote(dir) + " is none", syscall.ENOTDIR}
	}
	file, err := Look(argv[0], env, dir)
	if err != nil {
		return err
	}
	file = within(dir, file)
	if info, err := os.Stat(file); err == nil && !mayExecute(info, c) {
		return startError(argv[0], file, syscall.EACCES, c)
	}
	data := head(file)
	if data == nil {
		return nil // it cannot be read, which keeps nobody from executing it
	}
	if err := loadable(argv[0], file, data); err != nil {
		return err
	}
	if words := shebang(data); words != nil {
		return inspectShebang(argv[0], file, words, env, dir)
	}
	return inspectScript(argv, env, dir)
}

// loadable says what the kernel would say of a file.
func loadable(command, file string, data []byte) error {
	interpreter, script := interpreterOf(data)
	machine := machineOf(data)
	switch {
	case script && interpreter == "", !script && machine == "", machine != "" && !runs(machine):
		return startError(command, file, syscall.ENOEXEC, nil)
	case interpreter == "":
		return nil
	}
	info, err := os.Stat(interpreter)
	switch {
	case err != nil:
		return startError(command, file, syscall.ENOENT, nil)
	case info.Mode()&0o111 == 0:
		return startError(command, file, syscall.EACCES, nil)
	case script && !exists(loaderOf(interpreter)):
		return startError(command, file, syscall.ENOENT, nil)
	}
	return nil
}

// loaderOf is what the kernel starts in the place of a file; "/": nothing else.
func loaderOf(file string) string {
	if loader, _ := interpreterOf(head(file)); loader != "" {
		return loader
	}
	return "/"
}

// runs says whether this machine may run programs of another one: 64-bit ones run
// those of 32 bits.
func runs(machine string) bool {
	return machine == runtime.GOARCH || runtime.GOARCH == "amd64" && machine == "386" || runtime.GOARCH == "arm64" && machine == "arm"
}

// shebang is the words of a script's first line; nil: it is no script.
func shebang(data []byte) []string {
	text, ok := strings.CutPrefix(string(data), "#!")
	if !ok {
		return nil
	}
	line, _, _ := strings.Cut(text, "\n")
	return strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' })
}

// inspectShebang looks at what the kernel does not: a carriage return at the end of
// the line, which becomes a part of the interpreter's argument, and the program that
// env(1) is to find.
func inspectShebang(command, file string, words, env []string, dir string) error {
	if strings.HasSuffix(words[len(words)-1], "\r") {
		return &StartError{command, CodeCannotExecute, "its #! line ends with a carriage return (line ends of Windows: sed -i 's/\\r$//' " + file + ")", syscall.ENOEXEC}
	}
	if filepath.Base(words[0]) != "env" {
		return nil
	}
	for _, word := range words[1:] {
		if strings.HasPrefix(word, "-") || strings.Contains(word, "=") {
			continue
		}
		if _, err := Look(word, env, dir); err != nil {
			return &StartError{command, CodeNotFound, "its interpreter (the #! line): " + err.Error(), err}
		}
		return nil
	}
	return nil
}

// interpreters are programs whose first argument is a file that they run, unless it is
// an option. It is never written.
var interpreters = [...]string{"sh", "bash", "dash", "ash", "python", "node", "ruby", "php", "perl"}

// inspectScript looks at the file that an interpreter is to run.
func inspectScript(argv, env []string, dir string) error {
	name := strings.TrimRight(filepath.Base(argv[0]), "0123456789.")
	if len(argv) < 2 || !slices.Contains(interpreters[:], name) || strings.HasPrefix(argv[1], "-") {
		return nil
	}
	file := within(dir, argv[1])
	if _, err := os.Stat(file); err != nil {
		if strings.HasSuffix(name, "sh") && !strings.Contains(argv[1], "/") {
			if _, err := Look(argv[1], env, dir); err == nil {
				return nil // shells look in PATH, too
			}
		}
		return &StartError{argv[0], CodeNotFound, "its script " + quote(argv[1]) + ": " + reason(errnoOf(err)), err}
	}
	line, _, _ := strings.Cut(string(head(file)), "\n")
	if strings.HasSuffix(name, "sh") && strings.HasSuffix(line, "\r") {
		return &StartError{argv[0], CodeCannotExecute, "the lines of its script " + quote(argv[1]) + " end with carriage returns (line ends of Windows: sed -i 's/\\r$//' " + file + ")", syscall.ENOEXEC}
	}
	return nil
}

// mayExecute says whether the mode of a file lets somebody execute it.
func mayExecute(info os.FileInfo, c *syscall.Credential) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if c == nil || !ok {
		return true // Look has asked the kernel
	}
	mode := info.Mode().Perm()
	switch {
	case c.Uid == 0:
		return mode&0o111 != 0
	case c.Uid == stat.Uid:
		return mode&0o100 != 0
	case c.Gid == stat.Gid || slices.Contains(c.Groups, stat.Gid):
		return mode&0o010 != 0
	}
	return mode&0o001 != 0
}

func errnoOf(err error) error {
	if p, ok := err.(*os.PathError); ok {
		return p.Err
	}
	return err
}
