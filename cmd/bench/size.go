package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

const sizeBar = 6 * megabyte

// benchSize builds the binary as it is published and looks at the files.
func benchSize(r *rig) ([]row, error) {
	var rows []row
	for _, arch := range []string{"amd64", "arm64"} {
		dir, err := r.emptyDir()
		if err != nil {
			return rows, err
		}
		file := filepath.Join(dir, "entry-point")
		build := exec.Command(".ci/build", dir)
		build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch)
		if out, err := build.CombinedOutput(); err != nil {
			return rows, fmt.Errorf("cannot build for %s: %w\n%s", arch, err, out)
		}
		info, err := os.Stat(file)
		if err != nil {
			return rows, err
		}
		if err := static(file); err != nil {
			return rows, fmt.Errorf("%s: %w", arch, err)
		}
		rows = append(rows, metric{"static binary, " + arch, megabytes, sample{float64(info.Size())}}.below(sizeBar))
	}
	return rows, nil
}

// static returns an error when an executable needs a dynamic loader.
func static(file string) error {
	f, err := elf.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		return errors.New("not a static binary: it names a dynamic loader")
	}
	return nil
}
