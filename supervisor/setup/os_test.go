package setup

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReadPackages(t *testing.T) {
	tests := []struct{ text, want, err string }{
		{"nginx uwsgi uwsgi-plugin-python3", "nginx uwsgi uwsgi-plugin-python3", ""},
		{"\ufeffnginx\r\nuwsgi # why\r\n#no\n\n\tg++ libc6:i386 nginx", "nginx uwsgi g++ libc6:i386", ""},
		{"nginx=1.22.1-9+deb12u1 a=1:2.0~rc1 b=2.*", "nginx=1.22.1-9+deb12u1 a=1:2.0~rc1 b=2.*", ""},
		{"", "", ""},
		{"ok\n-y --force", "", `os.txt:2: "-y" is an option, not a package name; os.txt:2: "--force" is an option, not a package name`},
		{"nginx-", "", `os.txt:1: "nginx-" would remove a package`},
		{"./evil.deb\nhttp://x/y.rpm a/b", "", `os.txt:1: "./evil.deb" is not a package name; os.txt:2: "http://x/y.rpm" has no valid architecture`},
		{"a= b=-1 =1 a==1", "", `"a=" has no valid version after the equals sign (want name=version); os.txt:1: "b=-1" has no valid version`},
		{"a:x86_64=1", "a:x86_64=1", ""},
		{"a: $(id) ;rm", "", `"a:" has no valid architecture`},
	}
	for _, test := range tests {
		dir := files(t, map[string]string{"os.txt": test.text})
		packages, err := readPackages(filepath.Join(dir, "os.txt"))
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: error %v, want %s", test.text, err, test.err)
			}
			continue
		}
		if err != nil || list(packages) != test.want {
			t.Errorf("%q: %s, %v, want %s", test.text, list(packages), err, test.want)
		}
	}
}

// The exact command lines of the package managers. What apt-get, dnf, zypper and pacman
// make of them is tested on a real root tree.
func TestCommandLines(t *testing.T) {
	apt := "-q -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0"
	tests := []struct {
		tools []string
		want  []string
	}{
		{[]string{"apt-get"}, []string{"apt-get " + apt + " update", "apt-get " + apt + " install -y --allow-downgrades nginx tool=1.2"}},
		{[]string{"apk"}, []string{"apk add --no-cache --no-progress nginx tool=1.2"}},
		{[]string{"dnf", "yum", "rpm"}, []string{"rpm nginx", "rpm tool", "dnf install -y nginx tool-1.2", "rpm tool"}},
		{[]string{"microdnf"}, []string{"microdnf install -y nginx tool-1.2"}},
		{[]string{"yum", "rpm"}, []string{"rpm nginx", "rpm tool", "yum install -y nginx tool-1.2", "rpm nginx", "rpm tool"}},
		{[]string{"zypper"}, []string{"zypper --non-interactive install --oldpackage nginx tool=1.2"}},
		{[]string{"pacman"}, []string{"pacman -Sy --noconfirm", "pacman -Su --noconfirm --needed nginx tool=1.2"}},
	}
	for _, test := range tests {
		t.Run(test.tools[0], func(t *testing.T) {
			path := stubs(t, test.tools...)
			if slices.Contains(test.tools, "rpm") {
				// Knows a package once the manager has run.
				manager := filepath.Join(path, test.tools[0])
				must(t, os.WriteFile(manager, []byte("#!/bin/sh\n: >"+path+"/done\n"), 0o755))
				must(t, os.WriteFile(filepath.Join(path, "rpm"), []byte("#!/bin/sh\n[ -e "+path+"/done ] && echo installed: $3 z80 0:1.2-3\n"), 0o755))
			}
			r := &runner{}
			o := r.options(files(t, map[string]string{osFile: "nginx tool=1.2"}), "PATH="+path)
			o.root = files(t, map[string]string{"usr/sbin/x": ""})
			if os.Geteuid() != 0 {
				unavailable(t, "not root: no package is installed")
			}
			must(t, Run(o))
			for i, command := range r.commands {
				if rest, ok := strings.CutPrefix(command, "rpm -q --whatprovides "); ok {
					name, _, _ := strings.Cut(rest, " ")
					r.commands[i] = "rpm " + name
				}
			}
			if !slices.Equal(r.commands, test.want) {
				t.Errorf("ran\n%s\nwant\n%s", strings.Join(r.commands, "\n"), strings.Join(test.want, "\n"))
			}
			contains(t, r.log(), "installing nginx tool=1.2 with "+test.tools[0])
		})
	}
}

func TestNoPackageManager(t *testing.T) {
	r := &runner{}
	err := Run(r.options(files(t, map[string]string{osFile: "nginx"}), "PATH="+t.TempDir()))
	const want = "cannot install requirements_os.txt: no package manager found (looked for apt-get, apk, dnf, microdnf, yum, zypper, pacman)"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	// Comments only: nothing is declared, so nothing is missing.
	must(t, Run(r.options(files(t, map[string]string{osFile: "# later"}), "PATH="+t.TempDir())))
}

func TestDatabases(t *testing.T) {
	root := files(t, map[string]string{
		"var/lib/dpkg/status": `Package: nginx
Status: install ok installed
Architecture: amd64
Version: 1.22.1-9
Provides: httpd, httpd-cgi (= 1.22)
Description: a server
 with more text, which is
 Package: not-a-field

Package: half
Status: install reinstreq half-installed
Architecture: amd64
Version: 1

Package: unpacked
Status: install ok unpacked
Version: 1

Package: removed
Status: deinstall ok config-files
Version: 1

Package: both
Status: install ok installed
Architecture: amd64
Version: 2

Package: both
Status: install ok installed
Architecture: i386
Version: 2
`,
		"lib/apk/db/installed": "C:Q1\nP:nginx\nV:1.24.0-r7\nA:x86_64\np:cmd:nginx=1.24.0-r7 " + strings.Repeat("so:x=1 ", 20000) +
			"\nF:etc\n\nP:musl\nV:1.2.4-r2\nA:x86_64",
		"var/lib/pacman/local/nginx-1.24.0-1/desc":    "%NAME%\nnginx\n\n%VERSION%\n1.24.0-1\n\n%ARCH%\nx86_64\n\n%PROVIDES%\nhttpd\nwebserver=1.24\n",
		"var/lib/pacman/local/gcc-libs-13.2.1-3/desc": "%NAME%\ngcc-libs\n\n%VERSION%\n2:13.2.1-3\n\n%ARCH%\nx86_64\n",
		"var/lib/pacman/local/ALPM_DB_VERSION":        "9",
	})
	tests := []struct {
		db                    database
		packages, want, title string
	}{
		{dpkgStatus(root), "nginx nginx=1.22.1-9 nginx=1.22* nginx:amd64 httpd httpd-cgi=1.22 both:i386 both", "", "dpkg, there"},
		{dpkgStatus(root), "nginx=1.22.1 nginx:i386 half unpacked removed other not-a-field", "nginx=1.22.1 nginx:i386 half unpacked removed other not-a-field", "dpkg, missing"},
		{dpkgStatus(root + "/none"), "a", "a", "dpkg, no database"},
		{apkInstalled(root), "nginx nginx=1.24.0-r7 musl cmd:nginx", "cmd:nginx", "apk, there"},
		{apkInstalled(root), "musl=1 other", "musl=1 other", "apk, missing"},
		{localDir{root + "/var/lib/pacman/local"}, "nginx gcc-libs nginx=1.24.0 nginx=1.24.0-1 gcc-libs=13.2.1 gcc-libs=2:13.2.1-3 httpd webserver=1.24 nginx:x86_64 nginx=1.*", "", "pacman, there"},
		{localDir{root + "/var/lib/pacman/local"}, "gcc nginx=1.24 webserver=2 httpd=1 nginx:i686", "gcc nginx=1.24 webserver=2 httpd=1 nginx:i686", "pacman, missing"},
	}
	for _, test := range tests {
		var packages []osPackage
		for word := range strings.FieldsSeq(test.packages) {
			p, _ := parsePackage(word)
			packages = append(packages, p)
		}
		missing, err := test.db.missing(nil, packages)
		if err != nil || list(missing) != test.want {
			t.Errorf("%s: missing %q, %v, want %q", test.title, list(missing), err, test.want)
		}
	}
	half, interrupted := (&osPackages{&system{root: root}}).interrupted()
	if !interrupted || !slices.Equal(half, []string{"half"}) {
		t.Errorf("interrupted: %v, %v", half, interrupted)
	}
}

func TestPolicyFile(t *testing.T) {
	root := files(t, map[string]string{"usr/sbin/policy-rc.d": "#!/bin/sh\nexit 0\n"})
	a := &attempt{setup: &setup{system: &system{root: root}}}
	quietDaemons(a)()
	if !there(policyPath(root)) {
		t.Error("the image's policy-rc.d was removed")
	}
	must(t, os.WriteFile(policyPath(root), []byte(policyText), 0o755))
	must(t, os.WriteFile(policyPath(root)+policyNew, []byte("#!"), 0o755))
	// Left by a start that was killed: gone after the next one, even if that
	// has nothing to do.
	dir := files(t, map[string]string{osFile: "# none"})
	r := &runner{}
	o := r.options(dir, "PATH=/nowhere")
	must(t, Run(o))
	o.root = root
	must(t, Run(o))
	if entries, _ := os.ReadDir(root + "/usr/sbin"); len(entries) != 0 {
		t.Errorf("left: %v", entries)
	}
}
