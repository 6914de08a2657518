package directory

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestNames: names are sorted by their bytes, of whatever kind the entry is; what is no
// directory is an error.
func TestNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b", "a", "B", ".hidden"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "aa"), 0o700); err != nil {
		t.Fatal(err)
	}
	names, err := Names(dir)
	if want := []string{".hidden", "B", "a", "aa", "b"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("%q, %v; want %q", names, err, want)
	}
	if _, err := Names(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing directory: %v", err)
	}
	if names, err := Names(filepath.Join(dir, "a")); err == nil {
		t.Errorf("a file: %q and no error", names)
	}
}
