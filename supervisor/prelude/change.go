package prelude

import "strings"

// Change is a variable that is to have another value, or to go.
type Change struct {
	Name, Value string
	Unset       bool
}

// Changes are what makes one environment of another. Both are lists of NAME=VALUE; where a
// name is there several times, the last one counts.
func Changes(from, to []string) (list []Change) {
	had, has := values(from), values(to)
	for _, entry := range to {
		name, value, _ := strings.Cut(entry, "=")
		if old, is := had[name]; (!is || old != value) && has[name] == value {
			list = append(list, Change{Name: name, Value: value})
			had[name] = value // once
		}
	}
	for _, entry := range from {
		name, _, _ := strings.Cut(entry, "=")
		if _, stays := has[name]; !stays {
			list = append(list, Change{Name: name, Unset: true})
			has[name] = "" // once
		}
	}
	return list
}

func values(env []string) map[string]string {
	m := make(map[string]string, len(env))
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		m[name] = value
	}
	return m
}

// Apply makes the change in an environment, which is changed or returned longer.
func (c *Change) Apply(env []string) []string {
	kept := env[:0]
	for _, entry := range env {
		if name, _, _ := strings.Cut(entry, "="); name != c.Name {
			kept = append(kept, entry)
		}
	}
	if c.Unset {
		return kept
	}
	return append(kept, c.Name+"="+c.Value)
}
