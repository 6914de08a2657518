package verdict

import (
	"slices"
	"strconv"
	"strings"

	"entrypoint/supervisor/owner"
)

// inUse and alsoUse mark causes about an address, denied marks those about a permission.
// The first letter is left out, because some programs write it as a capital and others
// do not.
const (
	inUse   = "ddress already in use"
	alsoUse = "Connection in use: " // gunicorn
	denied  = "ermission denied"
)

// cause is a failure that a program itself has told.
type cause struct {
	mark  string // stands in the line
	words string // "": they depend
	named bool   // what comes after mark is the name of what is meant
}

// causes are in the order in which they count: what is said later may be a
// consequence.
var causes = [...]cause{
	{"No module named ", "Python has no module ", true},
	{"Could not import module ", "Python has no module ", true}, // uvicorn
	{"Cannot find module ", "Node.js has no module ", true},
	{"error while loading shared libraries: ", "there is no shared library ", true},
	{inUse, "", false},
	{alsoUse, "", false},
	{denied, "", false},
	{"Read-only file system", "it writes where the file system is read-only", false},
	{"No space left on device", "the disk is full", false},
	{"Too many open files", "it may open no more files (rlimit_nofile)", false},
	{"MemoryError", "it got no more memory", false},
	{"Cannot allocate memory", "it got no more memory", false},
}

// lastWord is the line that says most of an end: the last error on stderr, or else on
// stdout, or what came last. Many servers print how they stop, or their version, after
// the error that has ended them.
func (f *Facts) lastWord() string {
	n := len(f.Last)
	if n == 0 {
		return ""
	}
	from := n - min(f.Errors, n)
	for _, part := range [...][2]int{{from, n}, {0, from}} {
		for i := part[1] - 1; i >= part[0]; i-- {
			switch {
			case !isError(f.Last[i]):
				continue
			case i < n-1:
				return "it said: " + short(f.Last[i])
			}
			return "last line: " + short(f.Last[i])
		}
	}
	return "last line: " + short(f.Last[n-1])
}

// errorWords are the words of a line that tells an error, in small letters.
func errorWords() [8]string {
	return [...]string{"error", "exception", "fatal", "critical", "emerg", "panic", "failed", "cannot"}
}

// isError says whether a line tells an error: by one of the words, or by the name of
// an exception at its beginning, such as "django.db.utils.OperationalError: ...".
func isError(line string) bool {
	first, _, named := strings.Cut(line, ":")
	if named && !strings.Contains(first, " ") && (strings.HasSuffix(first, "Error") || strings.HasSuffix(first, "Exception")) {
		return true
	}
	lower := strings.ToLower(line)
	for _, word := range errorWords() {
		for from := 0; ; {
			i := strings.Index(lower[from:], word)
			if i < 0 {
				break
			}
			begin := from + i
			from = begin + len(word)
			if (begin == 0 || !letter(lower[begin-1])) && (from == len(lower) || !letter(lower[from])) && !strings.HasSuffix(lower[:begin], "no ") {
				return true
			}
		}
	}
	return false
}

func letter(b byte) bool { return 'a' <= b && b <= 'z' || b == '_' || '0' <= b && b <= '9' }

// said finds a cause in the last lines; the last one that tells it counts.
func said(last []string) (c cause, line string) {
	for _, c := range causes {
		for i := len(last) - 1; i >= 0; i-- {
			if strings.Contains(last[i], c.mark) {
				return c, last[i]
			}
		}
	}
	return cause{}, ""
}

// because is a cause in words.
func (c cause) because(line string, f *Facts) string {
	switch {
	case c.named:
		return c.words + short(quoted(line, c.mark))
	case c.mark == denied:
		return refused(line, f.UID)
	case c.words == "":
		return taken(f)
	}
	return c.words
}

// quoted is the name after mark, whatever quotes are around it.
func quoted(line, mark string) string {
	_, name, _ := strings.Cut(line, mark)
	if name = strings.TrimLeft(name, `'"`); name != "" {
		name, _, _ = strings.Cut(name, " ")
	}
	return strings.TrimRight(name, `'":,;.`)
}

// taken says that an address is in use.
func taken(f *Facts) string {
	text := "the address that it wants to listen on is in use"
	if a := f.Wanted; a.Path != "" {
		text = short(a.Path) + " is in use"
	} else if a.Port != 0 {
		text = "port " + strconv.Itoa(a.Port) + " is in use"
	}
	return text + after(" by ", short(f.Holder))
}

// refused says what was not permitted.
func refused(line string, uid int) string {
	user := "user " + strconv.Itoa(uid)
	if port := portIn(line); port > 0 && port < 1024 && strings.Contains(line, "bind") {
		return "port " + strconv.Itoa(port) + " needs root or CAP_NET_BIND_SERVICE, and it runs as " + user
	}
	return "permission denied for " + user
}

// Address is what a program could not listen on.
type Address = owner.Address

// Wanted finds in the last lines that an address is in use, and which one; the
// zero Address: no line names it.
func Wanted(last []string) (a Address, inUse bool) {
	c, line := said(last)
	if !c.address() {
		return a, false
	}
	i := slices.Index(last, line)
	// uWSGI names the address in the line before.
	for _, line := range []string{line, last[max(0, i-1)]} {
		if _, path, ok := strings.Cut(line, "unix:"); ok {
			path, _, _ = strings.Cut(path, " ")
			return Address{Path: path}, true
		}
		if port := portIn(line); port > 0 {
			return Address{Port: port}, true
		}
	}
	return a, true
}

func (c cause) address() bool { return c.mark == inUse || c.mark == alsoUse }

// portIn finds the port in a line: the number after the last colon that has one
// (0.0.0.0:80, [::]:80, :8000), or in Python's words after a comma: (”, 8000).
func portIn(line string) (port int) {
	for i := 0; i+1 < len(line); i++ {
		digits := ""
		switch rest := line[i+1:]; {
		case line[i] == ':':
			digits = rest
		case strings.HasPrefix(line[i:], "', "):
			digits = line[i+3:]
		}
		n := 0
		for n < len(digits) && digits[n] >= '0' && digits[n] <= '9' {
			n++
		}
		// A time such as 12:34:56 is no address, nor is a line number.
		ends := n == len(digits) || strings.IndexByte(" ,:)];\"'", digits[n]) >= 0
		timed := n == 2 && i >= 2 && (digitAt(line, i-1) && digitAt(line, i-2)) && !strings.Contains(line[:i], ".")
		if n > 0 && n <= 5 && ends && !timed {
			if p, _ := strconv.Atoi(digits[:n]); p > 0 && p < 65536 {
				port = p
			}
		}
	}
	return port
}

func digitAt(s string, i int) bool { return s[i] >= '0' && s[i] <= '9' }
