// Package directory lists directories by names. os.ReadDir makes and sorts entries,
// which ask for much code, and nearly all who list a directory want names.
package directory

import (
	"os"
	"slices"
)

// Names are the names in a directory, sorted by their bytes. Where reading fails in the
// middle, they are those that were read.
func Names(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	names, err := f.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}
