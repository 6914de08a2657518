package setup

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// language is a language whose tools install into the project's directory (or,
// for Ruby, into the interpreter's) from one manifest.
type language struct {
	file        string   // the manifest
	interpreter string   // the command that runs what is installed
	version     []string // arguments with which the interpreter prints its version
	leaves      []string // files that the tools make if they are missing
	ways        []way    // the first one whose lock file exists is used
}

// way is how a tool is called.
type way struct {
	*installTool
	lock    string              // the lock file; "": none is needed
	when    func(d string) bool // a further condition on the directory; nil: none
	args    []string
	again   []string // arguments instead of args if one of our runs made the first of inputs; nil: args
	offline []string // arguments instead of args; they must not need a network
	envOff  []string // further variables when offline
}

// installTool is a tool that installs, in whatever way.
type installTool struct {
	tool     string
	env      []string
	writes   []string // the inputs that the tool may rewrite by itself
	inputs   []string // besides the manifest and the lock file
	evidence []string // paths of which those that exist afterwards are recorded
	listing  []string // arguments with which the tool prints the installed directories
	hint     string   // how to get the tool
}

// These tables are never written. If there is a lock file, exactly that is installed.
var (
	npm = installTool{
		tool: "npm", hint: "add npm to " + osFile,
		env:      []string{"npm_config_update_notifier=false", "npm_config_fund=false", "npm_config_audit=false"},
		inputs:   []string{".npmrc"},
		evidence: []string{"node_modules/.package-lock.json"},
	}
	npmOffline = []string{"ls"} // fails when what is installed does not satisfy package.json

	yarn = installTool{
		tool: "yarn", hint: "npm install -g yarn, or corepack enable, when the image is built",
		inputs:   []string{".npmrc", ".yarnrc", ".yarnrc.yml"},
		evidence: []string{"node_modules/.yarn-integrity", "node_modules/.yarn-state.yml", ".pnp.cjs"},
	}
	pnpm = installTool{
		tool: "pnpm", hint: "npm install -g pnpm, or corepack enable, when the image is built",
		inputs: []string{".npmrc", "pnpm-workspace.yaml"}, evidence: []string{"node_modules/.modules.yaml"},
	}
	bundler = installTool{
		tool: "bundle", hint: "add bundler to " + osFile,
		env:    []string{"BUNDLE_SILENCE_ROOT_WARNING=1"},
		writes: []string{"Gemfile.lock"}, // such as a platform that is not in it yet
		inputs: []string{"Gemfile.lock", ".bundle/config"}, listing: []string{"list", "--paths"},
	}
	composer = installTool{
		tool: "composer", hint: "add composer to " + osFile,
		env:    []string{"COMPOSER_ALLOW_SUPERUSER=1"},
		inputs: []string{"composer.lock", "auth.json"}, evidence: []string{"vendor/composer/installed.json"},
	}

	languages = [...]language{
		{
			file: "package.json", interpreter: "node", version: []string{"--version"},
			leaves: []string{"package-lock.json", "yarn.lock", "pnpm-lock.yaml", ".yarnrc.yml"},
			ways: []way{
				{installTool: &npm, lock: "npm-shrinkwrap.json", args: []string{"ci"}, offline: npmOffline},
				{installTool: &npm, lock: "package-lock.json", args: []string{"ci"}, offline: npmOffline},
				{
					installTool: &yarn, lock: "yarn.lock", when: yarnBerry, args: []string{"install", "--immutable"},
					offline: []string{"install", "--immutable"}, envOff: []string{"YARN_ENABLE_NETWORK=0"},
				},
				{
					installTool: &yarn, lock: "yarn.lock", args: []string{"install", "--frozen-lockfile", "--non-interactive"},
					offline: []string{"install", "--frozen-lockfile", "--non-interactive", "--offline"},
				},
				{
					installTool: &pnpm, lock: "pnpm-lock.yaml", args: []string{"install", "--frozen-lockfile"},
					offline: []string{"install", "--frozen-lockfile", "--offline"},
				},
				{installTool: &npm, args: []string{"install"}, offline: npmOffline},
			},
		},
		{
			file: "Gemfile", interpreter: "ruby", version: []string{"--version"},
			leaves: []string{"Gemfile.lock", ".bundle/config"},
			ways:   []way{{installTool: &bundler, args: []string{"install"}, offline: []string{"check"}}},
		},
		{
			file: "composer.json", interpreter: "php", version: []string{"-r", "echo PHP_VERSION;"},
			leaves: []string{"composer.lock"},
			ways: []way{{
				installTool: &composer,
				args:        []string{"install", "--no-interaction", "--no-progress"},
				again:       []string{"update", "--no-interaction", "--no-progress"}, // what install does without a lock file
				offline:     []string{"install", "--no-interaction", "--no-progress"},
				envOff:      []string{"COMPOSER_DISABLE_NETWORK=1"},
			}},
		},
	}
)

// yarnBerry tells yarn 2 and later from yarn 1, whose options differ.
func yarnBerry(dir string) bool {
	if there(filepath.Join(dir, ".yarnrc.yml")) {
		return true
	}
	data, _ := os.ReadFile(filepath.Join(dir, "yarn.lock"))
	return bytes.Contains(data, []byte("__metadata:"))
}

// project is the recipe of a language in the table.
type project struct {
	system   *system
	language *language
}

// way returns how what is declared is installed.
func (p *project) way() *way {
	for i := range p.language.ways {
		w := &p.language.ways[i]
		if w.lock != "" && (!there(filepath.Join(p.system.dir, w.lock)) || p.system.ours(w.lock)) {
			continue
		}
		if w.when == nil || w.when(p.system.dir) {
			return w
		}
	}
	return &p.language.ways[len(p.language.ways)-1]
}

func (p *project) inputs() []string {
	w := p.way()
	files := []string{p.language.file}
	if w.lock != "" {
		files = append(files, w.lock)
	}
	files = append(files, w.inputs...)
	return slices.DeleteFunc(files, p.system.ours) // it follows from the others
}

func (p *project) leaves() []string  { return p.language.leaves }
func (p *project) updates() []string { return p.way().writes }

func (p *project) fingerprintFile() string { return p.system.look(p.language.interpreter) }

func (p *project) recheck(e *entry, a *attempt) (string, error) {
	return recheckVersion(e, a, p.fingerprintFile(), p.language.version)
}

func (p *project) install(a *attempt) (done, error) {
	w := p.way()
	path := p.system.look(w.tool)
	if path == "" {
		return done{}, fail(codeNotFound, w.tool, " not found: ", w.hint)
	}
	version, err := askVersion(a, p.fingerprintFile(), p.language.version)
	if err != nil {
		return done{}, err
	}
	t := &tool{argv: append([]string{path}, w.args...), env: w.env}
	if w.again != nil && there(filepath.Join(p.system.dir, w.inputs[0])) && p.system.ours(w.inputs[0]) {
		t.argv = append([]string{path}, w.again...)
	}
	if a.Policy == Offline {
		t = &tool{argv: append([]string{path}, w.offline...), env: append(w.env[:len(w.env):len(w.env)], w.envOff...)}
	}
	a.say("installing with ", w.tool, " ", strings.Join(t.argv[1:], " "))
	if err := a.satisfy(t); err != nil {
		return done{}, err
	}
	d := done{tool: path, version: version}
	for _, name := range w.evidence {
		if there(filepath.Join(p.system.dir, name)) {
			d.evidence = append(d.evidence, name)
		}
	}
	if w.listing != nil {
		text, err := a.ask(&tool{argv: append([]string{path}, w.listing...), env: w.env})
		if isAborted(err) {
			return done{}, err
		}
		for _, line := range strings.Split(text, "\n") {
			if line = strings.TrimSpace(line); filepath.IsAbs(line) && there(line) {
				d.evidence = append(d.evidence, line)
			}
		}
	}
	return d, nil
}

// askVersion asks an interpreter for its version; "" when there is none.
func askVersion(a *attempt, interpreter string, args []string) (string, error) {
	if interpreter == "" {
		return "", nil
	}
	text, err := a.ask(&tool{argv: append([]string{interpreter}, args...), dir: "/"})
	if err != nil {
		return "", err
	}
	lines := strings.Split(strings.TrimSpace(text), "\n") // warnings come first
	return strings.TrimSpace(lines[len(lines)-1]), nil
}

// recheckVersion compares the interpreter's version with the recorded one.
func recheckVersion(e *entry, a *attempt, interpreter string, args []string) (string, error) {
	version, err := askVersion(a, interpreter, args)
	if isAborted(err) {
		return "", err
	}
	switch {
	case version == e.version:
		return "", nil
	case version == "":
		return "was installed for " + e.version + ", which is gone", nil
	default:
		return "was installed for " + e.version + ", this is " + version, nil
	}
}

// satisfy runs the tool that installs. Offline, its error is that of a step that would
// need a network.
func (a *attempt) satisfy(t *tool) error {
	err := a.run(t)
	if err == nil || a.Policy != Offline || isAborted(err) {
		return err
	}
	text := err.Error()
	for _, line := range showing(a.output.last(answerLines), tailLines) {
		a.say("| " + line)
	}
	return fail(codeNotFound, "what is installed does not satisfy it (", text, "), and ENTRYPOINT_SETUP=offline")
}
