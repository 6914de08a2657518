package process

import (
	"errors"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// stageName is argv[0] of a stage, as ps shows it for the millisecond that it
// lives.
const stageName = "entry-point (starting a program)"

// What a stage writes into its status pipe. The pipe ends with its execve, so
// that a ready byte and the end of the file mean success.
const (
	stageReady  = '+' // all is set, execve comes next
	stageFailed = '-' // then the failure's kind, its errno in decimal, a space, words
)

// The kinds of failure.
const (
	failedSetting   = 's' // the words say which
	failedDirectory = 'd'
	failedExec      = 'x'
)

// startStaged starts a stage, which becomes the command, and waits until it has.
func startStaged(s *Spec, file string, attr *syscall.ProcAttr) (pid int, err error) {
	var status [2]int
	if err := unix.Pipe2(status[:], unix.O_CLOEXEC); err != nil {
		return 0, &StartError{s.Argv[0], CodeCannotExecute, reason(err), err}
	}
	defer syscall.Close(status[0])
	p := plan{
		status: len(attr.Files), listen: s.listening(), names: strings.Join(s.ListenNames, ":"),
		file: file, argv: s.Argv, dir: s.Dir, credential: s.Credential, settings: s.Settings,
	}
	attr.Files = append(attr.Files, uintptr(status[1]))
	attr.Env = hide(attr.Env)
	pid, err = forkSelf(p.encode(), attr)
	_ = syscall.Close(status[1])
	if err != nil {
		return 0, &StartError{s.Argv[0], CodeCannotExecute, "cannot start a stage of entry-point for it: " + reason(err), err}
	}
	report := readAll(status[0])
	if strings.HasSuffix(report, string(stageReady)) {
		return pid, nil
	}
	// It has not become the command: its exit is ours alone.
	var end syscall.WaitStatus
	for {
		if _, err := syscall.Wait4(pid, &end, 0, nil); err != syscall.EINTR {
			break
		}
	}
	return 0, stageError(s, file, report, end)
}

// stageError reads the report of a stage that has failed.
func stageError(s *Spec, file, report string, end syscall.WaitStatus) *StartError {
	_, failure, _ := strings.Cut(report, string(stageFailed))
	number, words, ok := strings.Cut(failure, " ")
	if !ok || number == "" {
		// Killed, or the Go runtime could not start: no memory, no thread left
		// in the cgroup.
		return &StartError{s.Argv[0], CodeCannotExecute, "the stage of entry-point that starts it ended early: " + Describe(end), nil}
	}
	kind := number[0]
	n, _ := strconv.Atoi(number[1:])
	err := syscall.Errno(n)
	switch kind {
	case failedDirectory:
		return directoryError(s, err)
	case failedExec:
		return startError(s.Argv[0], within(s.Dir, file), err, s.Credential)
	}
	return &StartError{s.Argv[0], CodeCannotExecute, words, err}
}

// forkSelf starts our own program: by /proc, where it is found even when the
// file has been replaced meanwhile, else by the path that we were started with.
func forkSelf(argv []string, attr *syscall.ProcAttr) (pid int, err error) {
	pid, err = syscall.ForkExec("/proc/self/exe", argv, attr)
	if errors.Is(err, syscall.ENOENT) {
		if file := executedFile(); file != "" {
			return syscall.ForkExec(file, argv, attr)
		}
	}
	return pid, err
}

// executedFile is the path that the kernel executed for us (getauxval(3),
// AT_EXECFN).
func executedFile() string {
	const atExecfn = 31
	vector, err := unix.Auxv()
	if err != nil {
		return ""
	}
	for _, entry := range vector {
		if entry[0] == atExecfn {
			return unix.BytePtrToString((*byte)(pointer(entry[1])))
		}
	}
	return ""
}

// hidden stands before each variable of the command's environment while the
// stage has it: GODEBUG, GOMEMLIMIT and the like are meant for the command, and
// the Go runtime of the stage would heed them. In its arguments the environment
// would be readable for everybody.
const hidden = "."

func hide(env []string) []string {
	list := make([]string, len(env))
	for i, entry := range env {
		list[i] = hidden + entry
	}
	return list
}

// readAll reads a pipe to its end.
func readAll(fd int) string {
	var text []byte
	buf := make([]byte, 512)
	for {
		n, err := syscall.Read(fd, buf)
		if err == syscall.EINTR {
			continue
		}
		if n <= 0 {
			return string(text)
		}
		text = append(text, buf[:n]...)
	}
}
