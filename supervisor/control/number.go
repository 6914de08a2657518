package control

import "strings"

// Number is the number in a version, such as 1.2.3 in v1.2.3-4-gabcdef0: clients of
// supervisord compare it. What has none, such as a commit, is 0.0.0.
func Number(version string) string {
	version = strings.TrimPrefix(version, "v")
	end := 0
	for end < len(version) && (version[end] >= '0' && version[end] <= '9' || version[end] == '.') {
		end++
	}
	number := strings.Trim(version[:end], ".")
	if !strings.Contains(number, ".") {
		return "0.0.0" // digits alone may be the beginning of a commit
	}
	return number
}
