package config

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"time"

	"entrypoint/config/ini"
	"entrypoint/config/nearest"
	"entrypoint/config/profile"
	"entrypoint/config/vocabulary"
)

// The steps of the prelude, which is what happens before anything is started, as
// prelude_skip, the log and the API name them.
const (
	StepSecrets   = "secrets"
	StepSizing    = "sizing"
	StepRequire   = "require"
	StepSetup     = "setup"
	StepOwnership = "ownership"
	StepTemplates = "templates"
	StepWaitFor   = "wait_for"
	StepHooks     = "hooks"
)

// preludeSteps are all of them, in their order. It is never written.
var preludeSteps = [...]string{StepSecrets, StepSizing, StepRequire, StepSetup, StepOwnership, StepTemplates, StepWaitFor, StepHooks}

// Prelude is what [entrypoint] says of the prelude. The steps that make the environment
// (secrets, sizing, require) read it before the rest of the configuration is expanded; see
// Options.Environment.
type Prelude struct {
	For  PreludeFor // in which modes the prelude runs (prelude_for)
	Skip []string   // the steps that are left out (prelude_skip)

	Budget      time.Duration // how long a process of a step may take to end (stop_budget); 0: the file says nothing
	HookTimeout time.Duration // how long each script may take (hook_timeout); 0: DefaultHookTimeout
	// Templates are the files that are made of templates (template), beside those of
	// nginx's folder.
	Templates []Template
	Secrets   Secrets       // secrets, secrets_dir
	Require   []Requirement // require_env
	Sizing    Sizing        // sizing, workers_per_cpu, memory_per_worker, max_workers

	Ownership Ownership // who files belong to (puid_user, own)
}

// PreludeFor is a set of the modes in which the prelude runs.
type PreludeFor uint8

// The modes. The zero PreludeFor is that of nobody who has said anything: production and
// debug mode.
const (
	PreludeProduction PreludeFor = 1 << iota
	PreludeDebug
	PreludeCommand // a command, as in docker run IMAGE CMD
	preludeOff     // there is none

	preludeUsual = PreludeProduction | PreludeDebug
)

// In says whether the prelude runs in a mode.
func (f PreludeFor) In(mode PreludeFor) bool {
	if f == 0 {
		f = preludeUsual
	}
	return f&mode != 0
}

// Skips says whether a step is left out.
func (p *Prelude) Skips(step string) bool { return slices.Contains(p.Skip, step) }

// PreludeVariable is the variable that is prelude_for.
const PreludeVariable = "ENTRYPOINT_PRELUDE"

// preludeForNames are the values of prelude_for, for readers. It is never written.
var preludeForNames = []string{"production", "debug", "all", "off"}

// preludeKeys are the keys of the prelude as a whole. It is never written.
var preludeKeys = []containerKey{
	{row{
		Name: "prelude_for", Type: vocabulary.List, Values: &preludeForNames, Default: "production, debug",
		Help:    "In which modes the prelude runs: `production`, `debug`, `all` (also for a command, as in `docker run IMAGE flask db upgrade`), or `off`. Its environment variable is ENTRYPOINT_PRELUDE.",
		Example: "prelude_for = all",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.Prelude.For, err = parsePreludeFor(t.s)
		return err
	}},
	{row{
		Name: "prelude_skip", Type: vocabulary.List,
		Help:    "Steps of the prelude that are left out: `secrets`, `sizing`, `require`, `setup`, `ownership`, `templates`, `wait_for`, `hooks`.",
		Example: "prelude_skip = templates, hooks",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.Prelude.Skip, err = parsePreludeSkip(t.s)
		return err
	}},
}

// isSeparator says whether a character stands between the words of a list.
func isSeparator(c rune) bool { return c == ',' || c == ' ' || c == '\t' || c == '\n' }

func parsePreludeFor(s string) (f PreludeFor, err error) {
	words := strings.FieldsFunc(s, isSeparator)
	for _, word := range words {
		n, err := parseWord(word, preludeForNames)
		if err != nil {
			return 0, err
		}
		switch n {
		case 2:
			f |= preludeUsual | PreludeCommand
		case 3:
			if len(words) > 1 {
				return 0, errors.New("off stands alone")
			}
			f = preludeOff
		default:
			f |= 1 << n
		}
	}
	if f == preludeUsual {
		f = 0
	}
	return f, nil
}

func parsePreludeSkip(s string) ([]string, error) {
	words := strings.FieldsFunc(s, isSeparator)
	for i, word := range words {
		words[i] = strings.ToLower(word)
		if !slices.Contains(preludeSteps[:], words[i]) {
			return nil, invalid(word, "is no step of the prelude: they are "+strings.Join(preludeSteps[:], ", ")+
				nearest.Hint(words[i], preludeSteps[:]))
		}
	}
	return words, nil
}

// makeEnvironment reads the keys of [entrypoint] (nil: there is none) that say how the
// environment is made, and has it made, before anything else is expanded. It reports
// whether to go on.
func (l *loader) makeEnvironment(s *ini.Section) bool {
	if l.environment == nil {
		return true
	}
	before := len(l.warnings)
	l.entrypointKeys(s, func(key string) bool {
		return among(earlyTables[:], key) || slices.Contains(logKeys[:], key) || key == budgetKey
	})
	l.warnings = l.warnings[:before] // the keys are read again, with the rest
	if len(l.errs) > 0 {
		return false
	}
	env, err := l.environment(&l.c.Prelude, l.env)
	l.env, l.made = env, err
	return err == nil
}

// unmade says why the environment could not be made.
func (l *loader) unmade() Errors {
	if l.made != nil {
		return Errors{l.made}
	}
	return l.wrong()
}

// among says whether a key is in one of some tables.
func among(tables [][]containerKey, key string) bool {
	for _, t := range tables {
		for i := range t {
			if t[i].Name == key {
				return true
			}
		}
	}
	return false
}

// waitKeys are the keys of [entrypoint] beside those of the prelude that the prelude of
// debug mode and of a command needs. It is never written.
var waitKeys = [...]string{"wait_for", "wait_timeout", "gateway_user", budgetKey}

// budgetKey is the key whose time holds from the first step on.
const budgetKey = "stop_budget"

// LoadPrelude reads what the configuration says of the prelude and of servers to wait
// for, for debug mode and commands, which have no use for the rest of it: a program there
// that cannot be run is no reason not to debug it. Its error is an Errors, as Load's.
// With an error there is still a Config where the environment could be made; what is wrong
// with the other keys the setup may mend. unread is the reason why the file says nothing
// (it cannot be read, or is none), and nil where it does.
func LoadPrelude(o *Options) (c *Config, unread, err error) {
	l, err := newLoader(o)
	if err != nil {
		return nil, nil, Errors{err}
	}
	section, unread := l.preludeSection(o)
	if !l.makeEnvironment(section) {
		return nil, unread, l.unmade()
	}
	l.c = Container{}
	l.remap(section)
	l.entrypointKeys(section, func(key string) bool {
		return among(entrypointTables[1:], key) || slices.Contains(waitKeys[:], key) || slices.Contains(logKeys[:], key)
	})
	l.warnings = nil // they are about the other keys
	c = &Config{Source: l.source, Container: l.c}
	if len(l.errs) > 0 {
		return c, unread, l.wrong()
	}
	return c, unread, nil
}

// preludeSection is the [entrypoint] of the file that Load would read.
func (l *loader) preludeSection(o *Options) (s *ini.Section, unread error) {
	names := []string{o.File}
	if o.File == "" {
		names = o.names(l.dir)
	}
	for _, name := range names {
		data, there, err := readIfThere(profile.Under(l.dir, name))
		switch {
		case err != nil:
			return nil, err
		case !there && o.File != "":
			return nil, cannotRead(name, syscall.ENOENT)
		case !there:
			continue
		}
		f, err := ini.Read(name, data)
		if err != nil {
			return nil, err
		}
		l.source, l.here = "", ""
		l.source, l.here = name, l.hereOf(name)
		l.include(f)
		f.Inherit()
		if o.File != "" || slices.ContainsFunc(f.Sections, isProgram) || slices.Contains(ownNames[:], rel(l.dir, name)) {
			return f.Section("entrypoint"), nil
		}
	}
	return nil, nil
}
