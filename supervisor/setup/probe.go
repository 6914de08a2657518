package setup

import (
	"errors"
	"path/filepath"
	"strings"
)

// probeProgram prints what has to be known of an interpreter, each line with a
// mark in front, as warnings may come in between.
const probeProgram = `
import importlib.util, os, platform, site, sys, sysconfig
def say(key, value): print("probe:" + key + "=" + str(value))
say("version", "Python " + platform.python_version())
own = sys.prefix != getattr(sys, "base_prefix", sys.prefix)
mark = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
say("managed", int(not own and os.path.exists(mark)))
say("pip", int(importlib.util.find_spec("pip") is not None))
sites = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")] + sys.path[1:]
try: sites += site.getsitepackages() + [site.getusersitepackages()]
except AttributeError: pass
for path in dict.fromkeys(sites): say("site", path)
`

// facts are what probeProgram prints.
type facts struct {
	version      string
	managed, pip bool
	sites        []string
}

func (p *python) probe(a *attempt, interpreter string) (facts, error) {
	var f facts
	// Not in the application's directory, whose files would shadow modules.
	text, err := a.ask(&tool{argv: []string{interpreter, "-c", probeProgram}, dir: "/"})
	if err != nil {
		return f, err
	}
	for _, line := range strings.Split(text, "\n") {
		line, ok := strings.CutPrefix(strings.TrimSpace(line), "probe:")
		key, value, _ := strings.Cut(line, "=")
		switch {
		case !ok:
		case key == "version":
			f.version = value
		case key == "managed":
			f.managed = value == "1"
		case key == "pip":
			f.pip = value == "1"
		case key == "site" && filepath.IsAbs(value):
			f.sites = append(f.sites, value)
		}
	}
	if f.version == "" {
		return f, errors.New(interpreter + " does not work")
	}
	return f, nil
}
