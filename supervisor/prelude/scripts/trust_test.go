package scripts

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"entrypoint/supervisor/skip"
)

// TestRefused: what somebody but root can write is not run by root, whatever way leads to
// it.
func TestRefused(t *testing.T) {
	skip.UnlessRoot(t, "files of other users")
	for name, c := range map[string]struct {
		prepare func(t *testing.T, r *rig, script string)
		want    string // with DIR and OTHER for the directories
	}{
		"fine":             {func(*testing.T, *rig, string) {}, ""},
		"root's group":     {func(t *testing.T, r *rig, script string) { chmod(t, script, 0o775); chmod(t, r.dirs[0], 0o775) }, ""},
		"owner":            {func(t *testing.T, _ *rig, script string) { chown(t, script, 1000, 0) }, "DIR/1.sh is not run as root: DIR/1.sh belongs to user 1000: chown root DIR/1.sh, or mount it read-only"},
		"mode":             {func(t *testing.T, _ *rig, script string) { chmod(t, script, 0o757) }, "DIR/1.sh is not run as root: everybody can write to DIR/1.sh: chmod o-w DIR/1.sh, or mount it read-only"},
		"group":            {func(t *testing.T, _ *rig, script string) { chown(t, script, 0, 33); chmod(t, script, 0o775) }, "DIR/1.sh is not run as root: group 33 can write to DIR/1.sh: chmod g-w DIR/1.sh, or mount it read-only"},
		"directory":        {func(t *testing.T, r *rig, _ string) { chown(t, r.dirs[0], 1000, 0) }, "DIR/1.sh is not run as root: directory DIR belongs to user 1000: chown root DIR, or mount it read-only"},
		"directory's mode": {func(t *testing.T, r *rig, _ string) { chmod(t, r.dirs[0], 0o777) }, "DIR/1.sh is not run as root: everybody can write to directory DIR: chmod o-w DIR, or mount it read-only"},
		"above":            {func(t *testing.T, r *rig, _ string) { chmod(t, filepath.Dir(r.dirs[0]), 0o777) }, "everybody can write to directory " + "UP"},
		"sticky":           {func(t *testing.T, r *rig, _ string) { chmod(t, r.dirs[0], 0o777|os.ModeSticky) }, ""},
		"link of theirs in a sticky directory": {func(t *testing.T, r *rig, script string) {
			chmod(t, r.dirs[0], 0o777|os.ModeSticky)
			move(t, script, r.dirs[1])
			if err := os.Lchown(script, 1000, 0); err != nil {
				t.Fatal(err)
			}
		}, "DIR/1.sh is not run as root: link DIR/1.sh belongs to user 1000: chown -h root DIR/1.sh"},
		"link": {func(t *testing.T, r *rig, script string) { move(t, script, r.dirs[1]) }, ""},
		"link to theirs": {func(t *testing.T, r *rig, script string) {
			move(t, script, r.dirs[1])
			chown(t, r.dirs[1], 1000, 0)
		}, "DIR/1.sh is not run as root: directory OTHER belongs to user 1000: chown root OTHER, or mount it read-only"},
		"link by ..": {func(t *testing.T, r *rig, script string) {
			move(t, script, r.dirs[1])
			_ = os.Remove(script)
			if err := os.Symlink("../"+filepath.Base(r.dirs[1])+"/1.sh", script); err != nil {
				t.Fatal(err)
			}
			chmod(t, r.dirs[1], 0o777)
		}, "DIR/1.sh is not run as root: everybody can write to directory OTHER: chmod o-w OTHER, or mount it read-only"},
		"loop": {func(t *testing.T, _ *rig, script string) {
			_ = os.Remove(script)
			if err := os.Symlink("1.sh", script); err != nil {
				t.Fatal(err)
			}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.untrusted = false
			chmod(t, filepath.Dir(r.dirs[0]), 0o755)
			script := r.put(t, 0, "1.sh", "echo it ran", 0o755)
			r.put(t, 1, "2.sh", "", 0o755)
			c.prepare(t, r, script)
			_, err := Run(r.Options)
			failed := (*Error)(nil)
			got := ""
			if errors.As(err, &failed) && failed.ExitCode() == 78 {
				got = strings.NewReplacer(r.dirs[0], "DIR", r.dirs[1], "OTHER", filepath.Dir(r.dirs[0]), "UP").Replace(err.Error())
				got, _, _ = strings.Cut(got, "\n")
			}
			if !strings.Contains(got, c.want) || c.want == "" && err != nil {
				t.Errorf("%v; want %q", err, c.want)
			}
			if ran := strings.Contains(r.out[0].String(), "it ran"); ran != (c.want == "" && name != "loop") {
				t.Errorf("that it ran is %v", ran)
			}
		})
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func chown(t *testing.T, path string, uid, gid int) {
	t.Helper()
	if err := os.Chown(path, uid, gid); err != nil {
		t.Fatal(err)
	}
}

// move moves a script to another directory, and leaves a link to it in its place.
func move(t *testing.T, script, dir string) {
	t.Helper()
	to := filepath.Join(dir, filepath.Base(script))
	if err := os.Rename(script, to); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, script); err != nil {
		t.Fatal(err)
	}
}

// TestOnlyReadOnly: a read-only mount is as good as a mode, unless the same files can be
// written to by another way.
func TestOnlyReadOnly(t *testing.T) {
	const mounts = `10 1 0:50 / / rw,relatime - overlay overlay rw
11 10 8:1 /pods/x/scripts /etc/entry-point.d ro,relatime - ext4 /dev/sda1 rw
12 10 8:1 /pods/x/hosts /etc/hosts rw,relatime - ext4 /dev/sda1 rw
13 10 8:2 /vol /docker-entrypoint.d ro,relatime - ext4 /dev/sdb1 rw
14 10 8:2 /vol/data /data rw,relatime - ext4 /dev/sdb1 rw
15 10 8:3 /a/b /inner ro - ext4 /dev/sdc1 rw
16 10 8:3 /a /outer rw - ext4 /dev/sdc1 rw
17 10 8:4 / /covered rw - ext4 /dev/sdd1 rw
18 10 8:5 / /covered ro - ext4 /dev/sde1 rw
`
	for path, want := range map[string]bool{
		"/etc/entry-point.d": true, "/etc/entry-point.d/..data/1.sh": true, "/etc/entry-point.d.bak": false,
		"/docker-entrypoint.d/1.sh": false, "/inner/1.sh": false, "/covered/1.sh": true, "/srv/1.sh": false,
	} {
		if got := onlyReadOnly(mounts, path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
	if onlyReadOnly("", "/a") {
		t.Error("what is not known counts as read-only")
	}
}
