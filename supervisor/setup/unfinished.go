package setup

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"entrypoint/supervisor/safefile"
)

// sweepUnfinished removes what an installation that was killed has left in the
// directories of sites. pip writes a package's RECORD last, so a dist-info directory
// without one belongs to a package that is not complete, which pip can neither use nor
// remove; nor can it one without METADATA, which it was about to remove. A name that
// begins with "~" is what pip had put aside of the version before. The packages
// are installed again afterwards. Directories of the distribution's own packages are left
// alone, because many of them have no RECORD.
func sweepUnfinished(a *attempt, sites []string) {
	for _, dir := range sites {
		if strings.HasPrefix(dir, "/usr/lib") || strings.HasPrefix(dir, "/lib") {
			continue
		}
		sweepSite(a, dir)
	}
}

// sweepSite is sweepUnfinished of one directory, which may be the application's
// user's: it goes by a descriptor, so that no link leads to packages elsewhere.
func sweepSite(a *attempt, dir string) {
	d, err := safefile.OpenDir(dir)
	if err != nil {
		return
	}
	defer d.Close()
	names, _ := d.Names()
	here := byDescriptor(d)
	for _, name := range names {
		if !strings.HasPrefix(name, "~") && !unfinished(here, name) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(here, name)); err == nil {
			a.say("removed " + name + ", left by an installation that was interrupted")
		}
	}
}

// byDescriptor is the path of an open directory that leads there whatever becomes of its
// names.
func byDescriptor(d *safefile.Dir) string { return "/proc/self/fd/" + strconv.Itoa(d.FD()) }

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
