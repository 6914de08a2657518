package setup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// rpmArch is the name that rpm and pacman have for this machine.
func rpmArch() string {
	if runtime.GOARCH == "arm64" {
		return "aarch64"
	}
	return "x86_64"
}

// otherManager is a box in which one package manager that is not Debian's is the only one
// in PATH. Its archive is /archive, of packages made there: ep-tiny 1.0 and 1.2, which
// provides ep-virtual.
func otherManager(t *testing.T, tool string) *box {
	t.Helper()
	b := newBox(t, "", "dnf", "createrepo-c", "rpm", "zypper", "pacman-package-manager")
	b.Spec.Env = []string{"PATH=/only", "HOME=/root"}
	only := b.Spec.Upper + "/only"
	must(t, os.Mkdir(only, 0o755))
	for _, dir := range []string{"/usr/bin", "/usr/sbin"} {
		entries, err := os.ReadDir(b.Spec.Lower + dir)
		must(t, err)
		for _, e := range entries {
			must(t, os.Symlink(dir+"/"+e.Name(), only+"/"+e.Name()))
		}
	}
	for _, m := range managers {
		if m.tool != tool {
			_ = os.Remove(only + "/" + m.tool)
		}
	}
	return b
}

// bash runs a command in the box with the whole PATH.
func (b *box) bash(script string) string {
	b.t.Helper()
	own := b.Spec.Env
	b.Spec.Env = []string{boxPath, "HOME=/root"}
	defer func() { b.Spec.Env = own }()
	return b.sh(script)
}

func (b *box) useRPMs() {
	b.t.Helper()
	// Debian's rpm has a database for each user; the other distributions' has not.
	b.write("/etc/rpm/macros", "%_dbpath /var/lib/rpm\n")
	repository := "[test]\nname=test\nbaseurl=file:///archive\nenabled=1\ngpgcheck=0\ntype=rpm-md\n"
	b.write("/etc/yum.repos.d/test.repo", repository)
	b.write("/etc/zypp/repos.d/test.repo", repository)
	for _, version := range []string{"1.0", "1.2"} {
		b.write("/spec/"+version, "Name: ep-tiny\nVersion: "+version+"\nRelease: 1\nSummary: made by a test\nLicense: none\nProvides: ep-virtual = "+version+"\n"+
			"%description\nmade by a test\n%install\nmkdir -p %{buildroot}/usr/share\necho "+version+" >%{buildroot}/usr/share/ep-tiny\n%files\n/usr/share/ep-tiny\n")
	}
	// One process, not two: they would make the database of rpm at the same time, and wait
	// would tell no failure.
	b.bash(`rpmbuild -bb --quiet --define "_rpmdir /archive" --define "_topdir /tmp/made" --define "_build_id_links none" /spec/1.0 /spec/1.2
		createrepo_c -q /archive`)
	if got := b.bash("zcat /archive/repodata/*primary.xml.gz | grep -c '<package '"); got != "2" {
		b.t.Fatalf("the archive has %s packages, want 2", got)
	}
}

func (b *box) usePacman(versions ...string) {
	b.t.Helper()
	b.write("/etc/pacman.conf", "[options]\nArchitecture = auto\nSigLevel = Never\n[test]\nServer = file:///archive\n")
	must(b.t, os.MkdirAll(b.Spec.Upper+"/archive", 0o755))
	index := map[string]string{}
	for _, version := range versions {
		name := "ep-tiny-" + version + "-1"
		packed := packed(b.t, map[string]string{
			".PKGINFO": "pkgname = ep-tiny\npkgbase = ep-tiny\npkgver = " + version + "-1\npkgdesc = made by a test\nsize = 4\narch = " + rpmArch() +
				"\nprovides = ep-virtual=" + version + "\n",
			"usr/share/ep-tiny": version + "\n",
		})
		must(b.t, os.WriteFile(filepath.Join(b.Spec.Upper, "archive", name+".pkg.tar.gz"), packed, 0o644))
		index[name+"/desc"] = fmt.Sprintf("%%FILENAME%%\n%s.pkg.tar.gz\n\n%%NAME%%\nep-tiny\n\n%%BASE%%\nep-tiny\n\n%%VERSION%%\n%s-1\n\n%%CSIZE%%\n%d\n\n%%ISIZE%%\n4\n\n%%ARCH%%\n%s\n\n%%PROVIDES%%\nep-virtual=%s\n\n",
			name, version, len(packed), rpmArch(), version)
	}
	must(b.t, os.WriteFile(filepath.Join(b.Spec.Upper, "archive/test.db"), packed(b.t, index), 0o644))
}

// packed is a tar.gz of these files.
func packed(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, text := range files {
		must(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text)), ModTime: time.Now()}))
		_, err := w.Write([]byte(text))
		must(t, err)
	}
	must(t, w.Close())
	must(t, z.Close())
	return b.Bytes()
}

// wants runs the setup with these packages and looks for the version that is there then.
func (b *box) wants(packages, version string, said ...string) {
	b.t.Helper()
	b.write("/app/requirements_os.txt", packages+"\n")
	contains(b.t, b.ready(nil), said...)
	if got := b.sh("cat /usr/share/ep-tiny"); got != version {
		b.t.Errorf("%s: version %s is there, want %s", packages, got, version)
	}
}

// fails runs the setup with packages that there are not.
func (b *box) fails(packages string, want int, said ...string) {
	b.t.Helper()
	b.write("/app/requirements_os.txt", packages+"\n")
	out, code := b.run(nil)
	if code != want {
		b.t.Errorf("%s: exit code %d, want %d:\n%s", packages, code, want, out)
	}
	contains(b.t, out, said...)
	lacks(b.t, out, "trying again", "done in")
}

// TestRPMs: dnf and zypper, as they are, on an archive of their own: versions, older ones,
// architectures, what a package provides, and what there is not.
func TestRPMs(t *testing.T) {
	t.Parallel()
	for tool, missing := range map[string]struct {
		code int
		text string
	}{
		"dnf": {1, "No match for argument: "}, "zypper": {104, "No provider of "},
	} {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			b := otherManager(t, tool)
			b.useRPMs()
			b.wants("ep-tiny=1.0", "1.0", "installing ep-tiny=1.0 with "+tool)
			b.wants("ep-tiny", "1.0", "all is installed already")
			b.wants("ep-virtual ep-virtual=1.0", "1.0", "all is installed already")
			b.wants("ep-tiny:"+rpmArch()+"=1.2", "1.2", "has changed", "installing")
			b.wants("ep-tiny=1.2-1 ep-tiny=0:1.2-1 ep-tiny=1.*", "1.2", "all is installed already")
			b.wants("ep-tiny=1.0", "1.0", "installing")
			b.ready(func(s *boxSpec) { s.NoProcess = true })
			b.fails("ep-tiny=9", missing.code, missing.text)
			b.fails("ep-unknown", missing.code, missing.text)
			b.fails("ep-tiny:z80", missing.code, missing.text)
			b.bash("rpm -e ep-tiny")
			b.wants("ep-virtual", "1.2", "installing ep-virtual with "+tool)
		})
	}
}

// TestPacman: likewise; its archive has one version only.
func TestPacman(t *testing.T) {
	t.Parallel()
	b := otherManager(t, "pacman")
	b.usePacman("1.0")
	b.wants("ep-tiny=1.0", "1.0", "fetching package lists", "installing ep-tiny=1.0 with pacman")
	b.wants("ep-virtual ep-virtual=1.0 ep-tiny:"+rpmArch(), "1.0", "all is installed already")
	b.ready(func(s *boxSpec) { s.NoProcess = true })
	b.fails("ep-tiny=1.2", 1, "target not found: ep-tiny=1.2")
	b.usePacman("1.2") // the lists that are there are older
	must(t, os.Chtimes(b.Spec.Upper+"/archive/test.db", time.Now(), time.Now().Add(time.Hour)))
	b.wants("ep-tiny=1.2", "1.2", "installing")
	b.fails("ep-tiny:z80", 1, "pacman has not installed ep-tiny:z80")
	b.bash("pacman -R --noconfirm ep-tiny")
	b.wants("ep-virtual", "1.2", "installing ep-virtual with pacman")
	if strings.Contains(b.ready(nil), "installing") {
		t.Error("what provides it is there, and it was installed again")
	}
}
