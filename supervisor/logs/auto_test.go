package logs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"entrypoint/supervisor/eventually"
)

func TestAuto(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t, Raw)
	targets := []Target{{Kind: Auto, Dir: dir, Identifier: "super.visor", MaxBytes: 4, Backups: 1}}
	s, child := w.start(Spec{Program: "g:web_00", Targets: targets})
	path := s.AutoPath()
	if !regexp.MustCompile(`/web_00-stdout---super\.visor-[0-9]+\.log$`).MatchString(path) {
		t.Errorf("path %q", path)
	}
	if _, err := child.WriteString("1\n"); err != nil {
		t.Fatal(err)
	}
	child.Close()
	eventually.So(t, "the end", func() bool { w.pump.mu.Lock(); defer w.pump.mu.Unlock(); return len(w.pump.files) == 0 }, nil)
	again, child := w.start(Spec{Program: "g:web_00", Targets: targets})
	if again.AutoPath() != path {
		t.Errorf("the next incarnation has %q", again.AutoPath())
	}
	other, otherChild := w.start(Spec{Program: "h:web_00", Targets: targets})
	if other.AutoPath() == path {
		t.Error("two programs have one file")
	}
	otherChild.Close()
	if _, err := child.WriteString("2\n3\n"); err != nil {
		t.Fatal(err)
	}
	child.Close()
	w.drained()
	if got := files(t, path, 3); strings.Join(got, "|") != "1\n2\n|3\n" {
		t.Errorf("got %q", got)
	}
	for _, name := range []string{path, path + ".1"} {
		if info, err := os.Stat(name); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if err := RemoveAutoLogs(dir, "super.visor"); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left %v", left)
	}
	if _, err := w.pump.Open(Spec{}); err == nil {
		t.Error("opened after the end")
	}
}

func TestRemoveAutoLogs(t *testing.T) {
	dir := t.TempDir()
	gone := []string{
		"web-stdout---supervisor-a1B_c2d3.log", "web-stdout---supervisor-123.log.1", "a---b---supervisor-123.log.10",
		"x---supervisor-1.log---supervisor-2.log", "web-stdout---supervisor-1.log1",
	}
	kept := []string{
		"web-stdout---supervisor-2-abcdefgh.log",  // of identifier supervisor-2
		"web-stdout---supervisorX-abcdefgh.log",   // of another
		"web-stdout---supervisor-abcdefgh.log.gz", // made by others
		"web-stdout---supervisor-abcdefgh.log.", "web-stdout---supervisor-.log", "---supervisor-abcdefgh.log", "supervisor.log", "web---supervisor-a b.log",
		"web-stdout---supervisor-abcdefgh.logx",
	}
	for _, name := range append(gone, kept...) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folder, link := "dir---supervisor-abcdefgh.log", "link---supervisor-abcdefgh.log"
	if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, kept[0]), filepath.Join(dir, link)); err != nil {
		t.Fatal(err)
	}
	if err := RemoveAutoLogs(dir, "supervisor"); err != nil {
		t.Fatal(err)
	}
	for _, name := range gone {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
	for _, name := range append(kept, folder, link) {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s is gone", name)
		}
	}
	if err := RemoveAutoLogs(filepath.Join(dir, "none"), "x"); err == nil || !strings.HasPrefix(err.Error(), "cannot read directory") {
		t.Errorf("got %v", err)
	}
}
