package verdict

import (
	"strconv"
	"strings"
)

// PIDFile finds in the last lines that a program takes itself for running already,
// because of a file with a process id, and returns that file and the id (0: it is not
// said). It is what a container finds that was killed and starts again, or a volume
// with the file of another one: there is a process of that number as a rule, and it is
// something else.
func PIDFile(last []string) (file string, pid int, line string) {
	for i := len(last) - 1; i >= 0; i-- {
		lower := strings.ToLower(last[i])
		if !strings.Contains(lower, "already") {
			continue
		}
		for _, word := range strings.FieldsFunc(last[i], func(r rune) bool { return strings.ContainsRune(" \t()'\"=,;:", r) }) {
			if word = strings.TrimRight(word, "."); strings.HasSuffix(word, ".pid") {
				file = word
			}
		}
		if file == "" {
			continue
		}
		if pid = pidIn(lower); pid == 0 && i+1 < len(last) { // celery says it in the next line
			pid = pidIn(strings.ToLower(last[i+1]))
		}
		return file, pid, last[i]
	}
	return "", 0, ""
}

// pidIn is the number behind the word pid; 0: there is none.
func pidIn(line string) int {
	for rest, found := line, true; ; {
		if _, rest, found = strings.Cut(rest, "pid"); !found {
			return 0
		}
		digits := strings.TrimLeft(rest, " :=")
		end := 0
		for end < len(digits) && digits[end] >= '0' && digits[end] <= '9' {
			end++
		}
		if n, err := strconv.Atoi(digits[:end]); err == nil && n > 0 {
			return n
		}
	}
}

// leftOver is a pid file in words.
func leftOver(file string, pid int, f *Facts) string {
	switch file = short(file); {
	case f.Stale != "":
		return "its pid file " + file + " is left over from an earlier run (" + f.Stale + "): remove it before the start, or have none written"
	case pid > 0:
		return "its pid file " + file + " says that process " + strconv.Itoa(pid) + " is it; if that is another program, remove the file before the start"
	}
	return "its pid file " + file + " says that it runs; if it does not, remove the file before the start"
}
