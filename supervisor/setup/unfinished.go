package setup

import (
	"os"
	"path/filepath"
	"strings"
)

// sweepUnfinished removes what an installation that was killed has left in the
// directories of sites: pip writes a package's RECORD last, so a dist-info
// without one is of a package that is not there as a whole, and pip can neither
// use nor remove it, nor can it one without METADATA, which it was removing; a name
// that begins with "~" is what it had put aside of the version before. What is asked for is installed anew afterwards. Directories of
// the distribution's own packages are left alone: many of them have no RECORD.
func sweepUnfinished(a *attempt, sites []string) {
	for _, dir := range sites {
		if strings.HasPrefix(dir, "/usr/lib") || strings.HasPrefix(dir, "/lib") {
			continue
		}
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), "~") && !unfinished(dir, e.Name()) {
				continue
			}
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err == nil {
				a.say("removed " + e.Name() + ", left by an installation that was interrupted")
			}
		}
	}
}

// unfinished says whether name in dir is the dist-info of a package that was not
// installed, or removed, to its end. Other installers than pip and uv leave their name.
func unfinished(dir, name string) bool {
	info := filepath.Join(dir, name)
	if !strings.HasSuffix(name, ".dist-info") || there(filepath.Join(info, "RECORD")) && there(filepath.Join(info, "METADATA")) {
		return false
	}
	installer, err := os.ReadFile(filepath.Join(info, "INSTALLER"))
	if err != nil {
		return os.IsNotExist(err)
	}
	by := strings.TrimSpace(string(installer))
	return by == "pip" || by == "uv"
}
