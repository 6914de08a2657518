package variables

import (
	"slices"
	"strconv"
	"strings"

	"entrypoint/config"
	"entrypoint/config/environ"
	"entrypoint/config/nearest"
	"entrypoint/supervisor/phrase"
)

// longestShown is how much of a wrong value a message shows.
const longestShown = 40

// Require looks whether the variables of require_env are there and look as they have to, and
// sets the defaults of those that have no value. Its error is Mistakes, with the place where
// each variable is required.
func Require(o Options) (Result, error) {
	e := edit{env: o.Env}
	var r Result
	var wrong Mistakes
	for i := range o.Keys.Require {
		v := &o.Keys.Require[i]
		value, set := environ.Lookup(e.env, v.Name)
		if value == "" && v.Optional {
			if !set || v.Default != "" {
				e.set(v.Name, v.Default)
				r.Names = append(r.Names, v.Name)
			}
			continue
		}
		if reason := o.wrong(v, value, set); reason != "" {
			wrong = append(wrong, v.Error(reason).Error())
		}
	}
	if n := len(o.Keys.Require); n > 0 {
		r.What = "checked " + phrase.Count(n, "variable", "variables")
		if r.Names != nil {
			r.What += " (by default: " + strings.Join(r.Names, ", ") + ")"
		}
	}
	r.Env = e.env
	return r, wrong.err()
}

// wrong says why a value is not what is required; "": it is.
func (o *Options) wrong(r *config.Requirement, value string, set bool) string {
	expected := ", and has to be " + r.Expected()
	switch file := environ.Value(o.Env, r.Name+suffix); {
	case value != "":
	case file != "":
		return r.Name + " is missing" + expected + "; " + r.Name + suffix + " is set, and is not taken: " + o.untaken(r.Name)
	case set:
		return r.Name + " is empty" + expected
	default:
		return r.Name + " is missing" + expected + near(r.Name, o.Env)
	}
	reason, ok := r.Wrong(value)
	if reason != "" {
		reason = ": " + reason
	}
	switch {
	case ok:
		return ""
	case r.Kind == config.VariableURL, environ.Secret(r.Name), slices.Contains(o.Secret, r.Name):
		return r.Name + " has to be " + r.Expected() + reason + " (its value is not shown)"
	case len(value) > longestShown:
		value = value[:longestShown] + "..."
	}
	return r.Name + " is " + strconv.Quote(value) + expected + reason + r.Meant(value)
}

// untaken says why a file is not taken for a variable that is required.
func (o *Options) untaken(name string) string {
	switch {
	case o.Keys.Skips(config.StepSecrets):
		return "the step secrets is left out"
	case o.Keys.Secrets.Mode == config.SecretsOff:
		return "secrets is off"
	case o.Keys.Secrets.Mode == config.SecretsNamed:
		return "secrets does not name " + name
	case isPath(name + suffix):
		return "programs use that name for a file of their own; secrets = " + name + " takes it"
	}
	return "its file is missing"
}

// near is the end of a message about a variable that is missing where there is one of
// nearly that name.
func near(name string, env []string) string {
	names := make([]string, len(env))
	for i, entry := range env {
		names[i], _, _ = strings.Cut(entry, "=")
	}
	if found := nearest.Name(name, names); found != "" {
		return "; " + found + " is there: is it meant?"
	}
	return ""
}
