package config

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// parseDependsOn reads a comma list of NAME or NAME:ready, which is the same:
// a program is waited for until it is ready.
func parseDependsOn(s string) ([]string, error) {
	var names []string
	for item := range strings.SplitSeq(s, ",") {
		name, state, _ := strings.Cut(strings.TrimSpace(item), ":")
		switch {
		case name == "":
			return nil, errors.New("a name is missing in " + strconv.Quote(s))
		case state != "" && state != "ready":
			return nil, errors.New(strconv.Quote(strings.TrimSpace(item)) + `: only ":ready" can follow a name`)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// checkDependencies refuses names that no program has, and cycles.
func (l *loader) checkDependencies() {
	const white, grey, black = 0, 1, 2 // not met, on the path, done
	var (
		colour = map[string]int{}
		path   []string
		visit  func(p *Program)
	)
	visit = func(p *Program) {
		colour[p.Name] = grey
		path = append(path, p.Name)
		for _, name := range p.DependsOn {
			need := l.places[name]
			switch {
			case need == nil:
				l.failDependency(p, l.unknownProgram(name))
			case colour[name] == white:
				visit(need.p)
			case colour[name] == grey:
				cycle := append(slices.Clone(path[slices.Index(path, name):]), name)
				l.failDependency(p, "these programs wait for each other: "+strings.Join(cycle, " -> "))
			}
		}
		path = path[:len(path)-1]
		colour[p.Name] = black
	}
	for _, p := range l.programs {
		if colour[p.Name] == white {
			visit(p)
		}
	}
}

func (l *loader) unknownProgram(name string) string {
	names := make([]string, len(l.programs))
	for i, p := range l.programs {
		names[i] = p.Name
	}
	reason := "no program is named " + strconv.Quote(name)
	if near := nearest(name, names); near != "" {
		reason += " (did you mean " + near + "?)"
	}
	return reason
}

func (l *loader) failDependency(p *Program, reason string) {
	b := l.places[p.Name]
	k, _ := b.section.Key("depends_on")
	b.fail(k, reason)
}
