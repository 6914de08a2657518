package owner

import (
	"slices"
	"strconv"
	"strings"
)

// The words of Look.
const (
	yes    = "yes"
	no     = "no"
	hidden = "hidden"
)

// Args are the arguments for Look that complete a hidden answer.
func (a *Answer) Args() []string {
	args := []string{strings.Join(a.Sockets, ",")}
	for _, pid := range a.PIDs {
		args = append(args, strconv.Itoa(pid))
	}
	return args
}

// Look says whether one of some processes holds one of some sockets, for a helper
// process of their user: "yes", "no", or "hidden", if that cannot be seen.
func Look(args []string) string {
	if len(args) < 2 {
		return hidden
	}
	sockets, answer := strings.Split(args[0], ","), no
	for _, pid := range args[1:] {
		if _, err := strconv.Atoi(pid); err != nil {
			return hidden
		}
		found, hides := holds(pid, sockets)
		if found {
			return yes
		}
		if hides {
			answer = hidden
		}
	}
	return answer
}

// Looked completes a hidden answer by what Look has printed.
func (a *Answer) Looked(lines []string) {
	switch {
	case slices.Contains(lines, yes):
		a.Whose = Ours
	case slices.Contains(lines, no) && !a.blind:
		a.Whose = Theirs
	default:
		a.Whose = Unknown
	}
}
