package setup

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"entrypoint/supervisor/safefile"
)

// sweepUnfinished removes what an installation that was killed has left in the
// directories of sites: packages that are not complete, which their tool would take for
// complete, or can neither use nor remove; and what has a name that begins with "~", which
// pip had put aside of the version before. The packages are installed again
// afterwards. Directories of the distribution's own packages are left alone, because many of
// them have no RECORD.
//
// since is the earliest moment at which an installation may have been killed: packages that
// came later are looked at more closely.
func sweepUnfinished(a *attempt, sites []string, since time.Time) {
	for _, dir := range sites {
		if strings.HasPrefix(dir, "/usr/lib") || strings.HasPrefix(dir, "/lib") {
			continue
		}
		sweepSite(a, dir, since)
	}
}

// sweepSite is sweepUnfinished of one directory, which may be the application's
// user's: it goes by a descriptor, so that no link leads to packages elsewhere.
func sweepSite(a *attempt, dir string, since time.Time) {
	d, err := safefile.OpenDir(dir)
	if err != nil {
		return
	}
	defer d.Close()
	names, _ := d.Names()
	here := byDescriptor(d)
	for _, name := range names {
		if !strings.HasPrefix(name, "~") && !unfinished(here, name, since) {
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

// unfinished says whether name in dir is the dist-info of a package that pip or uv has not
// installed, or removed, to its end. Both unpack the wheel, with its METADATA and its own
// RECORD; then they make its commands and write INSTALLER, their name, and at last a RECORD
// that lists that file, too. When they remove a package, RECORD or METADATA may go first.
// Other installers leave their name, or no INSTALLER at all.
func unfinished(dir, name string, since time.Time) bool {
	info := filepath.Join(dir, name)
	if !strings.HasSuffix(name, ".dist-info") {
		return false
	}
	installer, err := safefile.Read(filepath.Join(info, "INSTALLER"), maxRecord)
	by := strings.TrimSpace(string(installer))
	switch {
	case err != nil && !os.IsNotExist(err), err == nil && by != "pip" && by != "uv":
		return false // somebody else's
	case !there(filepath.Join(info, "RECORD")), !there(filepath.Join(info, "METADATA")):
		return true
	}
	if is, err := os.Stat(info); err != nil || !is.ModTime().After(since) {
		return false
	}
	record, err := safefile.Read(filepath.Join(info, "RECORD"), maxRecord)
	return err == nil && !strings.Contains(string(record), name+"/INSTALLER,")
}
