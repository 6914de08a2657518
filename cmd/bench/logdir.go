package main

import (
	"cmp"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// logDir is where one contestant writes its log files.
type logDir struct {
	*printer
	dir    string
	config string // what is in its file "config"; "": there is none
}

// pass passes the lines through c into the files. With look the content of each
// line is looked at in the end, else the bytes are counted.
func (d *logDir) pass(c *contestant, look bool) (passage, error) {
	if err := d.clear(); err != nil {
		return passage{}, err
	}
	defer d.clear() // a gigabyte: before the kernel writes it to the disk
	p, err := d.printer.pass(c, nil, d.arrived)
	if err != nil {
		return passage{}, err
	}
	files, size, err := d.files()
	if err != nil {
		return passage{}, err
	}
	p.lost = float64(distance(d.size(), size))
	if look {
		right, err := d.right(files)
		p.lost = max(p.lost, float64(lineSize*distance(d.count, right)))
		return p, err
	}
	return p, nil
}

// clear makes the directory anew.
func (d *logDir) clear() error {
	if err := os.RemoveAll(d.dir); err != nil {
		return err
	}
	if err := os.Mkdir(d.dir, 0o755); err != nil || d.config == "" {
		return err
	}
	return os.WriteFile(filepath.Join(d.dir, "config"), []byte(d.config), 0o644)
}

// arrived waits until the files are large enough to hold all lines.
func (d *logDir) arrived() (uint64, error) {
	for overdue := time.Now().Add(logSettle); time.Now().Before(overdue); time.Sleep(time.Millisecond) {
		if _, size, err := d.files(); err != nil || size >= d.size() {
			now, _ := monotonic()
			return now, err
		}
	}
	return 0, nil
}

// files lists the log files in the order in which they were written to last, and
// adds up their sizes.
func (d *logDir) files() (names []string, size int, err error) {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return nil, 0, err
	}
	written := map[string]time.Time{}
	for _, e := range entries {
		switch e.Name() {
		case "config", "lock", "state": // of svlogd and s6-log
			continue
		}
		info, err := e.Info()
		if os.IsNotExist(err) {
			continue // it is being rotated: the next look finds it
		}
		if err != nil {
			return nil, 0, err
		}
		name := filepath.Join(d.dir, e.Name())
		names = append(names, name)
		written[name] = info.ModTime()
		size += int(info.Size())
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(written[a].Compare(written[b]), cmp.Compare(a, b))
	})
	return names, size, nil
}

// right counts the right lines in files.
func (d *logDir) right(names []string) (int, error) {
	var all []io.Reader
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return 0, err
		}
		defer f.Close()
		all = append(all, f)
	}
	s, err := inOrder(io.MultiReader(all...), d.count, func() {})
	return s.right, err
}
