package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestStaticAndSmall: one file that needs nothing else, at most 14 MB, for both
// architectures.
func TestStaticAndSmall(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		file := filepath.Join(t.TempDir(), arch)
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, ".")
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH="+arch)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %.2f MB", arch, float64(info.Size())/1e6)
		if info.Size() > 14_000_000 {
			t.Errorf("%s: %d bytes, want at most 14 MB", arch, info.Size())
		}
		f, err := elf.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, p := range f.Progs {
			if p.Type == elf.PT_INTERP {
				t.Errorf("%s: needs a dynamic loader", arch)
			}
		}
	}
}
