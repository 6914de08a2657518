package dockertest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Image is the name of an image that the engine has.
type Image string

// Top returns the top folder of the checkout.
func Top(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		// An example may be a module of its own.
		if _, err := os.Stat(filepath.Join(dir, "cmd", "entry-point")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal("cannot find the checkout above the working directory")
	return ""
}

// Binary builds entry-point as users get it, with the HTTP gateway beside it, and
// returns its path.
func Binary(t testing.TB) string {
	t.Helper()
	top := Top(t)
	// Beside the checkout's other build products, under a name of its own:
	// `make build` may replace entry-point while the tests run.
	path := filepath.Join(top, ".cache", "test", "entry-point")
	out := run(t, []string{"VERSION=test", "COMMIT=test"}, filepath.Join(top, ".ci", "build"), filepath.Dir(path))
	if out.Code != 0 {
		t.Fatalf("cannot build entry-point:\n%s", out.Stderr)
	}
	return path
}

// Base returns a Debian image to build on.
func Base(t testing.TB) Image {
	t.Helper()
	out := run(t, nil, filepath.Join(Top(t), ".ci", "base-image"))
	if out.Code != 0 {
		t.Fatalf("cannot make the base image:\n%s", out.Stderr)
	}
	return Image(strings.TrimSpace(out.Stdout))
}

// Example builds the image of examples/NAME with binary, by that folder's own
// build script.
func Example(t testing.TB, name, binary string) Image {
	t.Helper()
	dir := filepath.Join(Top(t), "examples", name)
	sum := sha256.New()
	fmt.Fprintln(sum, imageID(t, Base(t)))
	hashFile(t, sum, binary)
	hashFile(t, sum, binary+"-gateway")
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && filepath.Ext(path) != ".go" {
			fmt.Fprintln(sum, path)
			hashFile(t, sum, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	image := nameOf(sum.Sum(nil))
	if !has(t, image) {
		t.Logf("building %s from %s", image, dir)
		out := run(t, []string{"BINARY=" + binary}, filepath.Join(dir, "make-image"), string(image), "--label", label)
		if out.Code != 0 {
			t.Fatalf("cannot build %s:\n%s%s", dir, out.Stdout, out.Stderr)
		}
	}
	return image
}

// Stage builds a stage of the Dockerfile of examples/NAME with binary, on the base image
// that can be had here.
func Stage(t testing.TB, name, stage, binary string) Image {
	t.Helper()
	base := Base(t)
	context := t.TempDir()
	if err := os.CopyFS(context, os.DirFS(filepath.Join(Top(t), "examples", name))); err != nil {
		t.Fatal(err)
	}
	copyFile(t, filepath.Join(context, "entry-point"), binary)
	sum := sha256.New()
	fmt.Fprintln(sum, imageID(t, base), name, stage)
	err := filepath.WalkDir(context, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			fmt.Fprintln(sum, strings.TrimPrefix(path, context))
			hashFile(t, sum, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	image := nameOf(sum.Sum(nil))
	if has(t, image) {
		return image
	}
	args := []string{"build", "-q", "-t", string(image), "--label", label, "--target", stage, "--build-arg", "BASE=" + string(base)}
	for _, name := range []string{"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"} {
		if os.Getenv(name) != "" {
			args = append(args, "--build-arg", name)
		}
	}
	Docker(t, append(args, context)...)
	return image
}

// Build builds an image from a Dockerfile's text and the files that it copies,
// each a name with the path of what it holds.
func Build(t testing.TB, from Image, dockerfile string, files map[string]string) Image {
	t.Helper()
	dockerfile = fmt.Sprintf("FROM %s\n%s\n", from, dockerfile)
	sum := sha256.New()
	fmt.Fprintln(sum, imageID(t, from), dockerfile)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintln(sum, name)
		hashFile(t, sum, files[name])
	}
	image := nameOf(sum.Sum(nil))
	if has(t, image) {
		return image
	}
	dir := t.TempDir()
	for name, path := range files {
		copyFile(t, filepath.Join(dir, name), path)
	}
	WriteFile(t, filepath.Join(dir, "Dockerfile"), dockerfile)
	Docker(t, "build", "-q", "-t", string(image), "--label", label, dir)
	return image
}

// WriteFile writes a file for a container to read and returns its path.
func WriteFile(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func nameOf(sum []byte) Image {
	return Image("entry-point/test:" + hex.EncodeToString(sum)[:16])
}

func has(t testing.TB, image Image) bool {
	t.Helper()
	return run(t, nil, "docker", "image", "inspect", string(image)).Code == 0
}

func imageID(t testing.TB, image Image) string {
	t.Helper()
	return Docker(t, "image", "inspect", "-f", "{{.Id}}", string(image))
}

func hashFile(t testing.TB, sum io.Writer, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(sum, f); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t testing.TB, to, from string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, info.Mode().Perm()); err != nil {
		t.Fatal(err)
	}
}
