package setup

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// archives are a Debian archive and a directory of wheels, made by the tests
// themselves, of packages whose installation is quick but has all that makes one
// delicate: dependencies, many files, maintainer scripts, a configuration file
// and a daemon.
type archives struct{ dir string }

var archive struct {
	once sync.Once
	archives
	err error
}

func removeArchives() {
	if archive.dir != "" {
		_ = os.RemoveAll(archive.dir)
	}
}

// useArchives makes the archives the only ones that a box knows.
func (b *box) useArchives() {
	b.t.Helper()
	archive.once.Do(func() {
		if archive.dir, archive.err = os.MkdirTemp("", "entry-point-archives"); archive.err == nil {
			archive.err = archive.build()
		}
	})
	must(b.t, archive.err)
	b.Spec.Binds["/archive"] = archive.dir
	b.write("/etc/apt/sources.list", "deb [trusted=yes] file:/archive ./\n")
	// In a tree that looks as if it had an init, packages start their daemons
	// unless told not to.
	b.write("/usr/sbin/init", "")
	b.write("/usr/sbin/runlevel", "#!/bin/sh\necho N 2\n")
	b.Spec.Env = append(b.Spec.Env, "PIP_NO_INDEX=1", "PIP_FIND_LINKS=/archive")
}

// deb describes a Debian package.
type deb struct {
	name, version, depends, postinst string
	files                            map[string]string
}

const daemonScript = `#!/bin/sh
### BEGIN INIT INFO
# Provides: ep-daemon
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop:
# Short-Description: leaves a trace
### END INIT INFO
touch /var/lib/ep-daemon-started
`

func (a archives) build() error {
	many := map[string]string{}
	for i := range 300 {
		many[fmt.Sprintf("/usr/share/ep-base/%03d", i)] = strings.Repeat("line\n", i)
	}
	debs := []deb{
		{name: "ep-base", version: "1.0", files: many},
		{name: "ep-conf", version: "1.0", files: map[string]string{"/etc/ep-conf.conf": "the package's\n"}},
		{
			name: "ep-app", version: "1.0", depends: "ep-base, ep-conf",
			postinst: "sleep 0.1\nmkdir -p /var/lib/ep-app\necho yes >/var/lib/ep-app/configured\n",
		},
		{name: "ep-tool", version: "1.0", files: map[string]string{"/usr/share/ep-tool": "1.0\n"}},
		{name: "ep-tool", version: "2.0", files: map[string]string{"/usr/share/ep-tool": "2.0\n"}},
		{name: "ep-slow", version: "1.0", postinst: "[ ! -e /app/slow ] || sleep 60\n"},
		{
			name: "ep-daemon", version: "1.0", postinst: "update-rc.d ep-daemon defaults\ninvoke-rc.d ep-daemon start\n",
			files: map[string]string{"/etc/init.d/ep-daemon": daemonScript},
		},
	}
	var index bytes.Buffer
	for _, d := range debs {
		if err := a.debian(d, &index); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(a.dir, "Packages"), index.Bytes(), 0o644); err != nil {
		return err
	}
	for _, w := range []struct{ name, version, requires string }{
		{"ep_demo", "1.0", "ep_needed"}, {"ep_demo", "2.0", "ep_needed"}, {"ep_needed", "1.0", ""},
	} {
		if err := a.wheel(w.name, w.version, w.requires); err != nil {
			return err
		}
	}
	// It has a command, which pip makes after it has compiled what takes long.
	if err := a.wheel("ep_slow", "1.0", "",
		[2]string{"ep_slow-1.0.dist-info/entry_points.txt", "[console_scripts]\nep-slow = ep_slow:main\n"},
		[2]string{"ep_slow.py", "def main():\n    print('slow')\n"},
		[2]string{"ep_slow_data.py", strings.Repeat("a = [1, 2, {3: 4}, (5, 6)]\n", 50_000)},
	); err != nil {
		return err
	}
	// The sandbox user of apt reads the archive too.
	return os.Chmod(a.dir, 0o755)
}

// debian builds a package and adds it to the index.
func (a archives) debian(d deb, index *bytes.Buffer) error {
	tree := filepath.Join(a.dir, "tree")
	defer os.RemoveAll(tree)
	control := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: nobody <nobody@example.com>\n", d.name, d.version)
	if d.depends != "" {
		control += "Depends: " + d.depends + "\n"
	}
	control += "Description: made by a test\n"
	files := map[string]string{"/DEBIAN/control": control}
	if d.postinst != "" {
		files["/DEBIAN/postinst"] = "#!/bin/sh\nset -e\n" + d.postinst
	}
	for path, text := range d.files {
		files[path] = text
		if strings.HasSuffix(path, ".conf") {
			files["/DEBIAN/conffiles"] += path + "\n"
		}
	}
	for path, text := range files {
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		if err := os.MkdirAll(filepath.Dir(tree+path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(tree+path, []byte(text), mode); err != nil {
			return err
		}
	}
	file := d.name + "_" + d.version + "_all.deb"
	if out, err := exec.Command("dpkg-deb", "--root-owner-group", "--build", tree, filepath.Join(a.dir, file)).CombinedOutput(); err != nil {
		return fmt.Errorf("dpkg-deb: %w: %s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(a.dir, file))
	if err != nil {
		return err
	}
	fmt.Fprintf(index, "%sFilename: ./%s\nSize: %d\nSHA256: %x\n\n", control, file, len(data), sha256.Sum256(data))
	return nil
}

// wheel builds a Python package, of one module or of these files.
func (a archives) wheel(name, version, requires string, own ...[2]string) error {
	info := name + "-" + version + ".dist-info/"
	meta := fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", name, version)
	if requires != "" {
		meta += "Requires-Dist: " + requires + "\n"
	}
	files := own
	if len(files) == 0 {
		files = append(files, [2]string{name + ".py", fmt.Sprintf("version = %q\n", version)})
	}
	files = append(files,
		[2]string{info + "METADATA", meta},
		[2]string{info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"})
	var record string
	for _, f := range files {
		record += f[0] + ",,\n"
	}
	files = append(files, [2]string{info + "RECORD", record + info + "RECORD,,\n"})
	out, err := os.Create(filepath.Join(a.dir, fmt.Sprintf("%s-%s-py3-none-any.whl", name, version)))
	if err != nil {
		return err
	}
	defer out.Close()
	z := zip.NewWriter(out)
	for _, f := range files {
		w, err := z.Create(f[0])
		if err != nil {
			return err
		}
		if _, err := w.Write([]byte(f[1])); err != nil {
			return err
		}
	}
	return z.Close()
}

// The archives are what a package manager takes them for: a control for the
// tests that use them.
func TestArchivesStartADaemonOnTheirOwn(t *testing.T) {
	b := newBox(t, "")
	b.useArchives()
	out := b.sh("apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y ep-daemon")
	if !b.there("/var/lib/ep-daemon-started") {
		t.Error("installing ep-daemon without policy-rc.d does not start its daemon: the tests that expect none prove nothing:\n" + out)
	}
}
