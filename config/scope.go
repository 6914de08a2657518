package config

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"entrypoint/config/environ"
)

// scope is what the names in %(name)s stand for at one place of the file.
type scope struct {
	env     []string // outer environment
	own     []string // what environment= has set over it so far
	here    string
	program string // "" outside of [program:x]
	group   string // likewise

	// perProcess is for those keys that supervisord evaluates once for each
	// process of a program; only they may name these two.
	perProcess bool
	processNum int
	numProcs   int

	// lenient is for a check without the files that variables may come from: one that
	// is not there stands for itself, and unresolved says that it has done so.
	lenient, unresolved bool

	variables []string // names that were looked up, as written after ENV_

	// varies is set when a value differs between the processes of a program;
	// ownVaries says that what environment= has set does.
	varies    bool
	ownVaries bool
}

// lookup is what expand asks.
func (s *scope) lookup(name string) (value, error) {
	if env, ok := strings.CutPrefix(name, "ENV_"); ok {
		s.varies = s.varies || s.ownVaries
		s.variables = append(s.variables, env)
		return s.variable(env)
	}
	switch {
	case name == "here":
		return value{s: s.here}, nil
	case name == "host_node_name":
		host, err := os.Hostname()
		if err != nil {
			return value{}, errors.New("cannot read the host's name for %(host_node_name)s: " + err.Error())
		}
		return value{s: host}, nil
	case name == "cpus":
		return s.size(CPUs)
	case name == "memory_mb":
		return s.size(MemoryMB)
	case s.program != "" && name == "program_name":
		return value{s: s.program}, nil
	case s.program != "" && name == "group_name":
		return value{s: s.group}, nil
	case s.perProcess && name == "process_num":
		s.varies = true
		return value{n: s.processNum, isInt: true}, nil
	case s.perProcess && name == "numprocs":
		return value{n: s.numProcs, isInt: true}, nil
	}
	return value{}, errors.New("unknown name in %(" + name + ")s (known here: " + strings.Join(s.names(), ", ") + ")")
}

func (s *scope) names() []string {
	names := []string{"ENV_...", "here", "host_node_name", "cpus", "memory_mb"}
	if s.program != "" {
		names = append(names, "program_name", "group_name")
	}
	if s.perProcess {
		names = append(names, "process_num", "numprocs")
	}
	return names
}

// size is a number that says how large the container is.
func (s *scope) size(variable string) (value, error) {
	n, err := strconv.Atoi(environ.Value(s.env, variable))
	if err != nil {
		return value{}, errors.New("the environment has no number in " + variable + ", which the step sizing sets")
	}
	return value{n: n, isInt: true}, nil
}

// variable looks up the NAME, or NAME:-default, of %(ENV_NAME)s.
func (s *scope) variable(name string) (value, error) {
	name, fallback, hasFallback := strings.Cut(name, ":-")
	v, ok := environ.Lookup(s.own, name)
	if !ok {
		v, ok = environ.Lookup(s.env, name)
	}
	switch {
	case hasFallback && v == "":
		return value{s: fallback}, nil
	case !ok && s.lenient:
		s.unresolved = true
		return value{s: "%(ENV_" + name + ")s"}, nil
	case !ok:
		return value{}, errors.New("the environment has no " + name + "; %(ENV_" + name + ":-value)s would give it a default")
	}
	return value{s: v}, nil
}
