package setup

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"time"

	"entrypoint/config/directory"
)

const pythonFile = "requirements.txt"

// python is the recipe of requirements.txt.
type python struct{ system *system }

// inputs are the file and those that it names with -r and -c, and what describes
// a package in a local directory that it names.
func (p *python) inputs() []string {
	files := []string{pythonFile}
	seen := map[string]bool{pythonFile: true}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			files = append(files, name)
		}
	}
	for i := 0; i < len(files); i++ {
		for _, r := range readRequirements(p.system.dir, files[i]) {
			if r.file != "" {
				add(r.file)
			}
			if r.local != "" {
				for _, name := range []string{"pyproject.toml", "setup.cfg", "setup.py"} {
					add(filepath.Join(r.local, name))
				}
			}
		}
	}
	return files
}

// The ways to install.
const (
	withUv     = "uv"
	withPip    = "pip3"
	withModule = "python3 -m pip"
)

// installer is the tool that installs and the interpreter that it installs for.
type installer struct {
	way         string
	tool        string // path of uv or pip3
	interpreter string
	virtual     string // the active virtualenv; "": none
}

// find chooses the installer, as far as that can be told without starting one.
func (p *python) find() installer {
	in := installer{virtual: p.system.getenv("VIRTUAL_ENV")}
	if in.virtual != "" {
		if bin := filepath.Join(in.virtual, "bin", "python"); there(bin) {
			in.interpreter = bin
		}
	} else {
		in.interpreter = p.system.python()
	}
	if uv := p.system.look("uv"); uv != "" {
		in.way, in.tool = withUv, uv
		return in
	}
	if in.virtual == "" {
		if pip := p.system.look("pip3"); pip != "" {
			in.way, in.tool = withPip, pip
			if python := p.system.shebang(pip); python != "" {
				in.interpreter = python
			}
			return in
		}
	}
	in.way = withModule
	return in
}

func (y *system) python() string {
	if p := y.look("python3"); p != "" {
		return p
	}
	return y.look("python")
}

// shebang returns the interpreter that a script names, if it is a Python.
func (y *system) shebang(script string) string {
	f, err := os.Open(script)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	line, err := bufio.NewReaderSize(f, 256).ReadString('\n')
	words := strings.Fields(strings.TrimPrefix(line, "#!"))
	if err != nil || len(words) == 0 || !strings.HasPrefix(line, "#!") {
		return ""
	}
	path := words[0]
	if filepath.Base(path) == "env" && len(words) > 1 {
		path = y.look(words[1])
	}
	if !strings.HasPrefix(filepath.Base(path), "python") || !there(path) {
		return ""
	}
	return path
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (p *python) leaves() []string  { return nil }
func (p *python) updates() []string { return nil }

func (p *python) fingerprintFile() string { return p.find().interpreter }

func (p *python) recheck(e *entry, a *attempt) (string, error) {
	return recheckVersion(e, a, p.fingerprintFile(), []string{"--version"})
}

func (p *python) install(a *attempt) (done, error) {
	in := p.find()
	if in.interpreter == "" {
		if in.virtual != "" {
			return done{}, fail(codeNotFound, "the virtualenv ", in.virtual, " (VIRTUAL_ENV) has no bin/python: create it, or unset VIRTUAL_ENV")
		}
		return done{}, fail(codeNotFound, "python3 not found: add python3 and python3-pip to ", osFile)
	}
	facts, err := p.probe(a, in.interpreter)
	if err != nil {
		return done{}, err
	}
	if in.way == withModule && !facts.pip {
		if in.virtual != "" {
			return done{}, fail(codeNotFound, "pip not found in the virtualenv ", in.virtual, ": create it with pip, or add uv to the image")
		}
		return done{}, fail(codeNotFound, "pip3 not found: add python3-pip to ", osFile)
	}
	since := time.Now() // nobody was killed
	if a.killed {
		since = time.Time{} // some time ago
	}
	sweepUnfinished(a, facts.sites, since)
	builds := p.builds()
	a.sweepBuilds(builds) // of a run that was killed
	a.claim(builds)
	defer a.sweepBuilds(builds)
	t := p.command(in, a.Policy == Offline)
	if facts.managed {
		// As a variable and not as an option, because an older pip ignores a variable.
		t.env = append(t.env, "PIP_BREAK_SYSTEM_PACKAGES=1", "UV_BREAK_SYSTEM_PACKAGES=1")
		a.say("this Python is managed by the image (PEP 668): installing beside its packages, as with --break-system-packages; an active virtualenv avoids that")
	}
	where := ""
	if in.virtual != "" {
		where = " in the virtualenv " + in.virtual
	}
	a.say("installing with ", in.way, where)
	begin := time.Now()
	if err := a.satisfy(t); err != nil {
		sweepUnfinished(a, facts.sites, begin) // it may have been killed
		return done{}, err
	}
	return done{tool: t.argv[0], version: facts.version, evidence: p.evidence(facts.sites)}, nil
}

// command is the command line. Offline, what is installed or lies in
// PIP_FIND_LINKS must do.
func (p *python) command(in installer, offline bool) *tool {
	var argv, env []string
	switch in.way {
	case withUv:
		argv = []string{in.tool, "pip", "install"}
		if in.virtual == "" {
			argv = append(argv, "--system", "--python", in.interpreter)
		}
		if offline {
			argv = append(argv, "--offline")
		}
	default:
		argv = []string{in.tool, "install"}
		if in.way == withModule {
			argv = []string{in.interpreter, "-m", "pip", "install"}
		}
		if offline {
			argv = append(argv, "--no-index")
		}
		env = []string{"PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "PIP_ROOT_USER_ACTION=ignore", "PIP_PROGRESS_BAR=off"}
	}
	return &tool{argv: append(argv, "-r", pythonFile), env: env}
}

// evidence are the dist-info directories of the packages that the file names;
// the packages that these need are not looked for.
func (p *python) evidence(sites []string) []string {
	wanted := map[string]bool{}
	for _, file := range p.inputs() {
		for _, r := range readRequirements(p.system.dir, file) {
			if r.name != "" {
				wanted[r.name] = true
			}
		}
	}
	var found []string
	for _, dir := range sites {
		entries, _ := directory.Names(dir)
		for _, entry := range entries {
			base, ok := strings.CutSuffix(entry, ".dist-info")
			if !ok {
				base, ok = strings.CutSuffix(entry, ".egg-info")
			}
			name, _, _ := strings.Cut(base, "-")
			if name = normal(name); ok && wanted[name] {
				delete(wanted, name)
				found = append(found, filepath.Join(dir, entry))
			}
		}
	}
	return found
}
