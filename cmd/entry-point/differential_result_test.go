package main_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// result is what can be compared: the events of each process by kind, files, and
// the exit code. How the events of different processes interleave is chance.
func (g *stage) result(code int) string {
	parts := map[string]string{}
	var order strings.Builder
	for line := range strings.Lines(g.events.String()) {
		name, payload, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		process, data := subject(payload)
		if process == "last:last" || process == "recorder:recorder" {
			continue
		}
		masked := pids.ReplaceAllString(data, "pid:N")
		if state, ok := strings.CutPrefix(name, "PROCESS_STATE_"); ok {
			parts["states of "+process] += state + " " + masked + "\n"
			if state == "STARTING" || state == "STOPPING" || state == "STOPPED" {
				order.WriteString(state + " " + process + "\n")
			}
		} else if stream, ok := strings.CutPrefix(name, "PROCESS_LOG_"); ok {
			// In pieces, however they were cut.
			_, text, _ := strings.Cut(data, `\n`)
			key := "events: log of " + process + " on " + strings.ToLower(stream)
			parts[key] = strings.TrimSuffix(parts[key], "\n") + text + "\n"
		} else if process != "" {
			parts["events: messages of "+process] += name + " " + masked + "\n"
		} else {
			parts["events: the supervisor"] += strings.TrimSpace(name+" "+payload) + "\n"
		}
	}
	if g.ordered {
		parts["order"] = order.String()
	}
	g.files(parts)
	var out strings.Builder
	fmt.Fprintf(&out, "exit code %d\n", code)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		out.WriteString("== " + name + "\n" + parts[name])
	}
	return out.String()
}

var pids = regexp.MustCompile(`pid:[1-9]\d*`)

// subject splits "processname:P groupname:G rest"; process is "": there is none.
func subject(payload string) (process, rest string) {
	after, ok := strings.CutPrefix(payload, "processname:")
	if !ok {
		return "", payload
	}
	name, after, _ := strings.Cut(after, " groupname:")
	group, rest, _ := strings.Cut(after, " ")
	return group + ":" + name, rest
}

var automatic = regexp.MustCompile(`---supervisor-\w+\.log$`)

// files adds what is in the files of the working directory.
func (g *stage) files(parts map[string]string) {
	ours := []string{"supervisord.conf", "supervisord.log", "supervisord.pid", "act.sh", "record.py", "recorder.trace", "bin/only-there", "go"}
	err := filepath.WalkDir(g.Dir, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(g.Dir, path)
		if err != nil || !d.Type().IsRegular() || slices.Contains(ours, name) || strings.HasPrefix(name, ".runs.") ||
			name == "seq.out" && g.name != "logfiles" || automatic.MatchString(name) && !g.autoLogs {
			return err
		}
		data, err := os.ReadFile(path)
		parts[automatic.ReplaceAllString(name, "---supervisor-RANDOM.log")] = g.show(name, data)
		return err
	})
	if err != nil {
		g.t.Fatal(err)
	}
}

// show makes the content of a file readable.
func (g *stage) show(name string, data []byte) string {
	data = bytes.ReplaceAll(data, []byte(g.Dir), []byte("HERE"))
	if len(data) > 4000 {
		return fmt.Sprintf("(%d bytes, SHA-256 %x)\n", len(data), sha256.Sum256(data))
	}
	lines := strings.SplitAfter(string(data), "\n")
	if strings.HasSuffix(name, ".env") {
		slices.Sort(lines)
	}
	var out strings.Builder
	for _, line := range lines {
		text, whole := strings.CutSuffix(line, "\n")
		if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) || strings.HasPrefix(text, "==") {
			text = strconv.Quote(text)
		}
		if !whole && line != "" {
			text += " (no newline)"
			whole = true
		}
		if whole {
			out.WriteString(text + "\n")
		}
	}
	return out.String()
}
