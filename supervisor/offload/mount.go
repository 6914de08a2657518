package offload

import (
	"os"
	"path/filepath"
	"strings"
)

// mountOf is the mount point of the file system that path is on, by its name: links
// on the way are not followed, for that would ask the file system. It is "" for the
// root file system, which every path begins in, and where that is not known.
func mountOf(path string) string {
	if !filepath.IsAbs(path) {
		return ""
	}
	table, err := os.ReadFile("/proc/self/mountinfo") // asks no file system (proc(5))
	if err != nil {
		return ""
	}
	return mountIn(string(table), filepath.Clean(path))
}

func mountIn(table, path string) (mount string) {
	for _, line := range strings.Split(table, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			continue
		}
		point := unescape(fields[4])
		if point != "/" && len(point) >= len(mount) && (path == point || strings.HasPrefix(path, point+"/")) {
			mount = point
		}
	}
	return mount
}

// unescape undoes \040 and the like, as which proc(5) shows blanks and backslashes.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			b.WriteByte((s[i+1]-'0')<<6 | (s[i+2]-'0')<<3 | s[i+3] - '0')
			i += 3
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
