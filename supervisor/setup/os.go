package setup

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const osFile = "requirements_os.txt"

// manager is a package manager and its ways.
type manager struct {
	tool    string
	options []string // arguments of every call
	install []string // arguments that the packages follow
	pinned  []string // further arguments if a version is declared, which may be an older one
	refresh []string // arguments that fetch the package lists; nil: install does it
	lists   []string // directories that a refresh changes
	env     []string
	ok      []int                  // exit codes besides 0 that mean installed
	word    func(osPackage) string // how a package is written
	db      func(*system) database
	verify  bool // it exits with 0 even if a name is unknown; the others do so at most for a version
	apt     bool
}

// managers is the table, in the order in which they are looked for: some images
// have a second one that is a front end of the first. It is never written.
var managers = [...]manager{
	{
		tool: "apt-get", word: osPackage.String, db: func(y *system) database { return dpkgStatus(y.root) }, apt: true,
		options: aptOptions, install: []string{"install", "-y"}, pinned: []string{"--allow-downgrades"}, refresh: []string{"update"},
		lists: []string{"/var/lib/apt/lists", "/var/lib/apt/lists/partial"},
		env:   []string{"DEBIAN_FRONTEND=noninteractive"},
	},
	{
		tool: "apk", word: osPackage.withoutArch, db: func(y *system) database { return apkInstalled(y.root) },
		install: []string{"add", "--no-cache", "--no-progress"},
	},
	{tool: "dnf", word: osPackage.rpmName, db: rpms, install: []string{"install", "-y"}},
	{tool: "microdnf", word: osPackage.rpmName, db: rpms, install: []string{"install", "-y"}},
	{tool: "yum", word: osPackage.rpmName, db: rpms, install: []string{"install", "-y"}, verify: true},
	{
		tool: "zypper", word: osPackage.zypperName, db: rpms, install: []string{"--non-interactive", "install"},
		pinned: []string{"--oldpackage"}, // else it says that there is nothing to do, and exits with 0
		ok:     []int{102, 103},          // installed; a reboot or a restart is advised
	},
	{
		tool: "pacman", word: osPackage.withoutArch, db: func(y *system) database { return localDir{y.root + "/var/lib/pacman/local"} },
		// Arch supports no installing of new packages beside old ones.
		install: []string{"-Su", "--noconfirm", "--needed"}, refresh: []string{"-Sy", "--noconfirm"},
		lists: []string{"/var/lib/pacman/sync"},
	},
}

// osPackages is the recipe of requirements_os.txt.
type osPackages struct{ system *system }

func (o *osPackages) inputs() []string { return []string{osFile} }

func (o *osPackages) leaves() []string  { return nil }
func (o *osPackages) updates() []string { return nil }

func (o *osPackages) fingerprintFile() string {
	if m, _ := o.manager(); m != nil {
		return m.db(o.system).path()
	}
	return ""
}

// manager returns the package manager of this image, and its path.
func (o *osPackages) manager() (*manager, string) {
	for i := range managers {
		if path := o.system.look(managers[i].tool); path != "" {
			return &managers[i], path
		}
	}
	return nil, ""
}

func (o *osPackages) recheck(_ *entry, a *attempt) (string, error) {
	packages, err := readPackages(filepath.Join(o.system.dir, osFile))
	if err != nil {
		return err.Error(), nil // install says it with its code
	}
	m, _ := o.manager()
	if m == nil {
		return "", nil // the image removed its package manager when all was installed
	}
	missing, err := m.db(o.system).missing(a, packages)
	if err != nil || len(missing) == 0 {
		return "", err
	}
	return "what " + marker + " says was installed is gone: " + list(missing), nil
}

func (o *osPackages) install(a *attempt) (done, error) {
	packages, err := readPackages(filepath.Join(o.system.dir, osFile))
	if err != nil || len(packages) == 0 {
		return done{}, err
	}
	m, path := o.manager()
	if m == nil {
		var names []string
		for i := range managers {
			names = append(names, managers[i].tool)
		}
		return done{}, fail(codeNotFound, "no package manager found (looked for ", strings.Join(names, ", "), ")")
	}
	if m.apt && os.Geteuid() == 0 {
		if err := o.settle(a); err != nil {
			return done{}, err
		}
	}
	missing, err := m.db(o.system).missing(a, packages)
	if err != nil {
		return done{}, err
	}
	switch {
	case len(missing) == 0 && a.Policy != Always:
		a.say("all is installed already: ", list(packages))
		return done{}, nil
	case a.Policy == Offline:
		return done{}, fail(codeNotFound, "not installed: ", list(missing), " (and ENTRYPOINT_SETUP=offline)")
	case os.Geteuid() != 0 && len(missing) > 0:
		return done{}, fail(codeCannotExecute, "not installed: ", list(missing), "; ", m.tool, " needs root, this is uid ",
			strconv.Itoa(os.Geteuid()), ": run entry-point --setup as root when the image is built")
	case os.Geteuid() != 0:
		return done{}, nil
	}

	a.say("installing ", list(packages), " with ", m.tool)
	if err := o.perform(a, m, path, packages); err != nil {
		return done{}, err
	}
	return done{tool: path}, o.verify(a, m, packages)
}

// verify looks whether the declared packages are there if the exit code does not tell: some
// tools exit with 0 when another version is installed than the declared one.
func (o *osPackages) verify(a *attempt, m *manager, packages []osPackage) error {
	said := a.output.last(answerLines)
	var doubtful []osPackage
	for _, p := range packages {
		if m.verify || p.version != "" || p.arch != "" {
			doubtful = append(doubtful, p)
		}
	}
	if len(doubtful) == 0 || !m.db(o.system).readable() {
		return nil
	}
	missing, err := m.db(o.system).missing(a, doubtful)
	if err != nil || len(missing) == 0 {
		return err
	}
	text := m.tool + " has not installed " + list(missing)
	if a.unsure || slices.ContainsFunc(said, isAway) {
		return errors.New(text)
	}
	for _, line := range showing(said, tailLines) {
		a.say("| " + line)
	}
	return fail(codeNotInstalled, text)
}

// perform runs the package manager.
func (o *osPackages) perform(a *attempt, m *manager, path string, packages []osPackage) error {
	command := func(args []string) error { return m.run(a, path, args) }
	if m.apt {
		remove := quietDaemons(a)
		defer remove()
	}
	install := slices.Clone(m.install)
	for _, p := range packages {
		if p.version != "" {
			install = append(install, m.pinned...)
			break
		}
	}
	for _, p := range packages {
		install = append(install, m.word(p))
	}
	fresh := m.refresh == nil
	if !fresh && (a.number > 1 || stale(o.system.root, m.lists)) {
		fresh = true
		if err := m.fetch(a, path); err != nil {
			return err
		}
	}
	if m.apt {
		if err := o.repair(packages, command); err != nil {
			return err
		}
	}
	err := command(install)
	if err == nil || fresh || isAborted(err) {
		return err
	}
	// The lists may be older than the archive, or their fetch was killed half way.
	a.say(err.Error(), " with the package lists that are there")
	if err := m.fetch(a, path); err != nil {
		return err
	}
	return command(install)
}

// run runs the package manager once.
func (m *manager) run(a *attempt, path string, args []string) error {
	argv := append(append([]string{path}, m.options...), args...)
	return a.run(&tool{argv: argv, env: m.env, ok: m.ok})
}

// fetch fetches the package lists. One of several archives may be away; whether that
// matters shows when we install.
func (m *manager) fetch(a *attempt, path string) error {
	a.say("fetching package lists")
	err := m.run(a, path, m.refresh)
	if err != nil && !isAborted(err) {
		a.unsure = true
		a.say(err.Error(), "; going on with what there is")
		return nil
	}
	a.unsure = a.unsure || slices.ContainsFunc(a.output.last(answerLines), isAway) // apt-get exits with 0
	return err
}

func isAborted(err error) bool {
	aborted := (*Aborted)(nil)
	return errors.As(err, &aborted)
}
