package setup

import (
	"os"
	"strings"
	"time"

	"entrypoint/config/directory"
)

// aptOptions go with every call of apt-get. A configuration file that is already
// there, because the image brings its own nginx.conf, is kept: dpkg would ask,
// and fail as nobody answers. Recommended packages are installed as apt is
// configured, like apt-get install in a script: python3-pip, for one, recommends
// the compiler that wheels without binaries need.
var aptOptions = []string{
	"-q", "-o", "DPkg::Lock::Timeout=300",
	"-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold",
	"-o", "Dpkg::Use-Pty=0", // no pseudo terminal: the output goes to a pipe anyway
}

// listsMaxAge is the age at which package lists are fetched anew before an
// install: older ones name versions that a mirror may have replaced.
const listsMaxAge = 24 * time.Hour

// stale reports whether there are no package lists or whether the last fetch was
// long ago. The files in them have the archive's times, so the directories' tell.
func stale(root string, dirs []string) bool {
	entries, err := directory.Names(root + dirs[0])
	if err != nil {
		return true
	}
	found := false
	for _, name := range entries {
		if name != "lock" && !found {
			info, err := os.Lstat(root + dirs[0] + "/" + name)
			found = err == nil && !info.IsDir()
		}
	}
	newest := time.Time{}
	for _, dir := range dirs {
		if info, err := os.Stat(root + dir); err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return !found || time.Since(newest) > listsMaxAge
}

// settle finishes what a dpkg that was killed has left half done, as far as that
// needs no network: before it, the database does not tell what is installed, and
// apt-get refuses to work. Failures are not ours to report: the install that
// follows fails with the reason.
func (o *osPackages) settle(a *attempt) error {
	dpkg := o.system.look("dpkg")
	if _, interrupted := o.interrupted(); dpkg == "" || !interrupted {
		return nil
	}
	remove := quietDaemons(a)
	defer remove()
	a.say("repairing what an interrupted installation has left")
	err := a.run(&tool{
		argv: []string{dpkg, "--force-confdef", "--force-confold", "--configure", "-a"},
		env:  []string{"DEBIAN_FRONTEND=noninteractive"},
	})
	if isAborted(err) {
		return err
	}
	return nil
}

// repair does the rest: a package that was being unpacked needs its archive again.
// It has to be named: --fix-broken fetches it, but first configures what depends
// on it.
func (o *osPackages) repair(packages []osPackage, aptGet func([]string) error) error {
	half, interrupted := o.interrupted()
	if len(half) > 0 {
		args := []string{"install", "-y", "--no-remove", "--reinstall", "--allow-downgrades"}
		if err := aptGet(append(args, pinned(half, packages)...)); isAborted(err) {
			return err
		}
		_, interrupted = o.interrupted()
	}
	if interrupted {
		err := aptGet([]string{"install", "-y", "--no-remove", "--fix-broken"})
		if isAborted(err) {
			return err
		}
	}
	return nil
}

// pinned writes names of packages with the version that is declared, if one is.
func pinned(names []string, declared []osPackage) []string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = name
		for _, p := range declared {
			if p.name == name {
				words[i] = p.String()
			}
		}
	}
	return words
}

// interrupted reports whether dpkg has an unfinished journal or a package between
// two states, and names the packages that are unpacked in part.
func (o *osPackages) interrupted() (half []string, interrupted bool) {
	journal, _ := directory.Names(o.system.root + "/var/lib/dpkg/updates")
	for _, name := range journal {
		interrupted = interrupted || strings.Trim(name, "0123456789") == ""
	}
	_ = dpkgStatus(o.system.root).each(func(in installed) bool {
		interrupted = interrupted || in.interrupted()
		if in.state == stateHalfInstalled {
			half = append(half, in.name)
		}
		return true
	})
	return half, interrupted
}

// policyText is what policy-rc.d says while packages are installed: no daemon is
// started by a package; starting programs is entry-point's business, later.
const policyText = `#!/bin/sh
# Put here by entry-point while it installs packages; removed afterwards.
exit 101
`

func policyPath(root string) string { return root + "/usr/sbin/policy-rc.d" }

// quietDaemons puts policy-rc.d in place and returns what removes it. One that
// the image has is left as it is.
func quietDaemons(a *attempt) (remove func()) {
	sweepPolicy(a.system.root)
	path := policyPath(a.system.root)
	if _, err := os.Lstat(path); err == nil {
		return func() {}
	}
	next := path + policyNew
	err := os.WriteFile(next, []byte(policyText), 0o755)
	if err == nil {
		err = os.Chmod(next, 0o755) // whatever the umask is
	}
	if err == nil {
		err = os.Rename(next, path) // never half written
	}
	if err != nil {
		a.say("cannot write policy-rc.d: ", cause(err).Error(), ": a package may start its daemon")
	}
	return func() { sweepPolicy(a.system.root) }
}

const policyNew = ".entry-point"

// sweepPolicy removes a policy-rc.d of ours, known by its text: our own when we
// are done, or one that we left behind when we were killed.
func sweepPolicy(root string) {
	path := policyPath(root)
	if leftPolicy(root) {
		_ = os.Remove(path)
	}
	_ = os.Remove(path + policyNew)
}

// leftPolicy reports whether there is a policy-rc.d of ours.
func leftPolicy(root string) bool {
	info, err := os.Lstat(policyPath(root))
	if err != nil || info.Size() != int64(len(policyText)) {
		return false
	}
	data, err := os.ReadFile(policyPath(root))
	return err == nil && string(data) == policyText
}
