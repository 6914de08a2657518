package control

import (
	"strings"

	"entrypoint/config"
)

// AllPrograms is the name of every program.
const AllPrograms = "all"

// Name is what a request calls programs: "web", which is also "web:web" for a program that
// is alone in its group; "workers:w0"; "workers:*"; "all".
type Name struct {
	Group   string
	Program string // "*": all of the group
	All     bool   // every program there is
}

// whole is what stands for all programs of a group.
const whole = "*"

// ParseName reads a name.
func ParseName(text string) Name {
	group, program, split := strings.Cut(text, ":")
	switch {
	case text == AllPrograms:
		return Name{All: true}
	case !split:
		return Name{Group: text, Program: text}
	}
	return Name{Group: group, Program: program}
}

// ParseNamespec reads a name as supervisorctl and XML-RPC take it: "web:" is a whole group as
// well, and "all" a name like others.
func ParseNamespec(text string) Name {
	group, program, split := strings.Cut(text, ":")
	switch {
	case !split:
		return Name{Group: text, Program: text}
	case program == "":
		program = whole
	}
	return Name{Group: group, Program: program}
}

// Is says whether a program with this group and name is meant.
func (n Name) Is(group, program string) bool {
	return n.All || n.Group == group && (n.Program == whole || n.Program == program)
}

// WholeGroup says whether all programs of a group are meant.
func (n Name) WholeGroup() bool { return !n.All && n.Program == whole }

// One is the full name of the one program that is meant, if it is one.
func (n Name) One() (full string, one bool) {
	if n.All || n.Program == whole {
		return "", false
	}
	return FullName(n.Group, n.Program), true
}

// FullName is what status shows and requests take.
func FullName(group, program string) string { return config.FullName(group, program) }
