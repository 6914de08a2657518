package verdict

import (
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"entrypoint/supervisor/cgroup"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/visible"
)

// Facts are what is known of the end of a process.
type Facts struct {
	Status syscall.WaitStatus
	Up     time.Duration
	Early  bool     // it had not come as far as a start has to
	By     string   // who has ended it, and why: "entry-point, ..."; "": nobody that we know of
	UID    int      // of the process
	Memory *Memory  // nil: it cannot be read
	Last   []string // what it has printed, at its end: on stdout and then on stderr; nil: that is not known
	Errors int      // how many of the lines are from stderr
	Stale  string   // why its pid file (PIDFile) is left over; "": it may not be
	Wanted Address  // what it could not listen on; the zero Address: not known
	Holder string   // who has that; "": not known
}

// Memory is what the control group of the container says.
type Memory struct {
	Limit int64 // in bytes; 0: none
	Kills int   // by the kernel, out of memory, since the start
	New   int   // of these, since the last end of a process that was looked at
}

// ReadMemory reads what our control group says, since it was made; nil: that is
// not to be read. files asks the file system; nil: the caller itself does.
func ReadMemory(files *offload.Pool) *Memory {
	m, _ := offload.Do(files, offload.Call{Key: "memory", What: "read the memory of the container", Path: cgroup.Root}, func() (*cgroup.Memory, error) {
		return cgroup.ReadKills(cgroup.Root, cgroup.Own()), nil
	}, nil)
	if m == nil || m.Kills < 0 {
		return nil
	}
	return &Memory{Limit: m.Limit, Kills: int(m.Kills), New: int(m.Kills)}
}

// Verdict is why a process has ended.
type Verdict struct {
	How  string // "killed by SIGKILL after 3 h 12 min"
	Why  string // "": no more is known
	Last string // "last line: ..."; "": not known, or Why says it all
}

// Explain says why a process has ended.
func Explain(f *Facts) Verdict {
	v := Verdict{How: process.Describe(f.Status) + " after " + phrase.Span(f.Up)}
	v.Last = f.lastWord()
	code := process.Code(f.Status)
	switch {
	case f.By != "":
		v.Why = "by " + f.By
	case f.OutOfMemory():
		v.Why = "out of memory (" + f.Memory.String() + ")"
	case f.Status.Signaled():
		v.Why = meaning(f.Status.Signal())
		if f.Status.Signal() == syscall.SIGKILL && f.Memory != nil {
			v.Why += ", and no OOM kill in this container"
		}
	case code != 0:
		if c, line := said(f.Last); line != "" {
			v.Why = c.because(line, f)
			switch {
			case c.named:
				v.Last = ""
			case line != f.Last[len(f.Last)-1]:
				v.Last = "it said: " + short(line)
			}
		} else if file, pid, line := PIDFile(f.Last); file != "" {
			v.Why, v.Last = leftOver(file, pid, f), "it said: "+short(line)
		} else if code == process.CodeNotFound {
			v.Why = "a command that it runs was not found"
		}
	case f.Early:
		v.Why = "it has ended by itself, which a program does not do: type = oneshot is for work that ends, and what goes to the background has to be kept in the foreground"
	}
	return v
}

// OutOfMemory says whether the kernel has killed the process, or in a shell what
// the shell has waited for.
func (f *Facts) OutOfMemory() bool {
	return f.By == "" && process.Code(f.Status) == process.CodeSignal+int(syscall.SIGKILL) && f.Memory != nil && f.Memory.New > 0
}

// meaning is what a signal says that nobody here has sent.
func meaning(sig syscall.Signal) string {
	switch sig {
	case syscall.SIGSEGV:
		return "a segmentation fault, a mistake in the program or in a native library that it uses"
	case syscall.SIGBUS:
		return "a bus error, a mapped file was cut short or /dev/shm is full"
	case syscall.SIGILL:
		return "an illegal instruction, it may be built for a newer processor"
	case syscall.SIGFPE:
		return "an arithmetic error, such as a division by zero"
	case syscall.SIGABRT:
		return "it gave itself up (abort)"
	case syscall.SIGSYS:
		return "a system call that the seccomp profile forbids"
	case syscall.SIGXCPU:
		return "the limit on its CPU time"
	case syscall.SIGXFSZ:
		return "the limit on the size of its files"
	case syscall.SIGPIPE:
		return "it wrote to a pipe or socket that nobody reads"
	}
	return "not sent by entry-point"
}

// String is the sentence about a container's memory.
func (m *Memory) String() string {
	text := "no limit of its own, so the machine's memory was full, "
	if m.Limit > 0 {
		text = "limit " + phrase.Bytes(m.Limit) + ", "
	}
	if m.Kills == 1 {
		return text + "1 OOM kill in this container"
	}
	return text + strconv.Itoa(m.Kills) + " OOM kills in this container"
}

// Sentence is the whole of it.
func (v *Verdict) Sentence() string { return v.How + v.Because() + v.Said() }

// Because is the cause, to stand after how it ended.
func (v *Verdict) Because() string { return after(": ", v.Why) }

// Said is what the process has printed, to stand last.
func (v *Verdict) Said() string { return after("; ", v.Last) }

func after(sep, text string) string {
	if text == "" {
		return ""
	}
	return sep + text
}

// longest is how much of a line is shown.
const longest = 200

// short is a line as it can stand in another one.
func short(line string) string {
	text := []byte{}
	for _, r := range line { // what is no UTF-8 becomes U+FFFD
		if r < ' ' || r == 0x7f {
			r = ' '
		}
		if len(text) > longest {
			return string(text) + "..."
		}
		text = utf8.AppendRune(text, r)
	}
	return visible.Line(strings.TrimSpace(string(text)))
}

// Lines are the last lines of what was printed that are not empty, at most n.
func Lines(data []byte, n int) (lines []string) {
	for _, line := range strings.Split(string(data), "\n") {
		if line = strings.TrimRight(line, " \t\r"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines[max(0, len(lines)-n):]
}
