// Package environ looks variables up in an environment, which is a list of NAME=VALUE as
// execve(2) takes it, and says which names look as if their values were secrets.
package environ

import (
	"slices"
	"strings"
)

// Lookup is the value of a variable. Where a name is there several times, the last one
// counts, as it does for os/exec.
func Lookup(env []string, name string) (value string, found bool) {
	for _, entry := range slices.Backward(env) {
		if v, ok := strings.CutPrefix(entry, name); ok && strings.HasPrefix(v, "=") {
			return v[1:], true
		}
	}
	return "", false
}

// Value is the value of a variable; "": it has none, or an empty one.
func Value(env []string, name string) string {
	value, _ := Lookup(env, name)
	return value
}
