package process

import (
	"os"
	"syscall"
)

// Spec is one process to start.
type Spec struct {
	Argv []string // Argv[0] is looked up in the PATH of Env
	Env  []string // KEY=VALUE; nil: our own environment
	Dir  string   // working directory; "": our own
	File string   // the command, as Look has found it; "": Start looks for it

	Stdin, Stdout, Stderr *os.File // nil: our own

	// Listen are listening sockets, inherited from descriptor 3 on and
	// announced as sd_listen_fds(3) wants it: LISTEN_FDS, LISTEN_PID and, if
	// there are names, LISTEN_FDNAMES. A FastCGI socket goes to Stdin instead.
	Listen      []*os.File
	ListenNames []string // one for each of Listen, without ':'; nil: none

	Files []*os.File // inherited as the descriptors after those of Listen

	// Extra is inherited as descriptor ExtraFD, which none of the others has;
	// those below it that nothing has are closed. nil: there is none.
	Extra   *os.File
	ExtraFD int

	// Inherited are descriptors of our own, from 3 on, that the process has under
	// the same numbers, as after an execve of ours; those between them are closed.
	// There are no Listen, Files and Extra beside them.
	Inherited []int
	// Handed is how many of Inherited, from 3 on, are listening sockets that were
	// handed to us, and are announced as those of Listen.
	Handed int

	// Terminal makes the process's group the foreground group of this
	// terminal before the command's first instruction; nil: no terminal.
	Terminal *os.File

	Credential *syscall.Credential // nil: run as we are
	Settings   Settings
}

// Settings are what a process is given before its command's first instruction.
// The zero value changes nothing.
type Settings struct {
	Umask        *int            // umask(2); nil: our own
	NoFile, Core *syscall.Rlimit // setrlimit(2); nil: our own
	Nice         *int            // setpriority(2), -20 to 19
	OOMScoreAdj  *int            // proc_pid_oom_score_adj(5), -1000 to 1000
	NoNewPrivs   bool            // PR_SET_NO_NEW_PRIVS
	// Capabilities are the only ones that the process may have, as numbers of
	// capabilities(7), whoever its user is; nil: what its user has anyway.
	Capabilities *[]int
}

// plain says whether s asks for nothing but a command, a directory and descriptors.
func (s *Spec) plain() bool {
	return s.Credential == nil && s.listening() == 0 && s.Settings == Settings{}
}

// listening is how many listening sockets the process inherits.
func (s *Spec) listening() int { return max(len(s.Listen), s.Handed) }

// closed stands for a descriptor that the child does not have.
const closed = ^uintptr(0)

// numbers lists the files of s by their number in the child.
func (s *Spec) numbers() []uintptr {
	list := make([]uintptr, 0, 4+len(s.Listen)+len(s.Files))
	list = append(list, descriptor(s.Stdin, 0), descriptor(s.Stdout, 1), descriptor(s.Stderr, 2))
	for _, f := range s.Listen {
		list = append(list, f.Fd())
	}
	for _, f := range s.Files {
		list = append(list, f.Fd())
	}
	if s.Extra != nil {
		list = put(list, s.ExtraFD, s.Extra.Fd())
	}
	for _, fd := range s.Inherited {
		list = put(list, fd, uintptr(fd))
	}
	return list
}

// put makes ours the descriptor fd of the process.
func put(list []uintptr, fd int, ours uintptr) []uintptr {
	for len(list) <= fd {
		list = append(list, closed)
	}
	list[fd] = ours
	return list
}

func descriptor(f *os.File, inherited uintptr) uintptr {
	if f == nil {
		return inherited
	}
	return f.Fd()
}
