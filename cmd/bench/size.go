package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

const sizeBar = 6 * megabyte

// benchSize builds the binary as it is published and looks at the files.
func benchSize(r *rig) ([]row, error) {
	var rows []row
	flags, err := os.ReadFile(".ci/buildflags")
	if err != nil {
		return nil, err
	}
	link, err := os.ReadFile(".ci/ldflags")
	if err != nil {
		return nil, err
	}
	for _, arch := range []string{"amd64", "arm64"} {
		file := r.path("entry-point-" + arch)
		args := append([]string{"build", "-trimpath", "-ldflags=" + strings.TrimSpace(string(link)), "-o", file}, strings.Fields(string(flags))...)
		build := exec.Command("go", append(args, "./cmd/entry-point")...)
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
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
