package profile

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// fpm is what php-fpm's files say.
type fpm struct {
	prefix   string // where relative paths begin
	section  string // of the line that is read
	pool     string // the first one
	listen   string // of it
	files    int
	waits    bool // process_control_timeout is written
	waitFile string
}

// fpmPlaces is where php-fpm looks for its configuration when it is not told, each with
// the prefix of its relative paths.
func (c *call) fpmPlaces() [][2]string {
	version := strings.TrimPrefix(filepath.Base(c.words[c.at]), "php-fpm")
	return [][2]string{
		{"/usr/local/etc/php-fpm.conf", "/usr/local"}, // Docker's image
		{"/etc/php/" + version + "/fpm/php-fpm.conf", "/usr"},
		{"/etc/php" + version + "/php-fpm.conf", "/usr"}, // Alpine
		{"/etc/php-fpm.conf", "/usr"},                    // Fedora
	}
}

// readFPM finds the first pool's socket. Relative paths of its configuration begin
// at the prefix that php-fpm was built with; the usual places are tried.
func readFPM(c *call) bool {
	f := &fpm{}
	places := c.fpmPlaces()
	if file := c.last("-y --fpm-config"); file != "" {
		places = [][2]string{{c.path(file), "/usr/local"}}
	}
	for _, place := range places {
		f.prefix = or(c.last("-p --prefix"), place[1])
		if f.read(place[0], 0) {
			break
		}
	}
	if f.files > 0 && !f.waits && !c.opaque {
		c.Findings = append(c.Findings, &Finding{
			File: f.waitFile, InSection: "global", Key: "process_control_timeout",
			Reason: "is not set, so php-fpm cuts off requests when it stops or reloads; 8s lets them end",
		})
	}
	if f.listen != "" {
		c.listensPort(f.listen)
	}
	return true
}

// read takes in a file and those that it includes; false: it cannot be read.
func (f *fpm) read(file string, depth int) bool {
	data, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	if f.files++; f.files == 1 {
		f.waitFile = file
	}
	for _, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == ';' || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			f.section, _, _ = strings.Cut(line[1:], "]")
			if f.section != "global" && f.pool == "" {
				f.pool = f.section
			}
			continue
		}
		key, val, _ := strings.Cut(line, "=")
		val, _, _ = strings.Cut(val, ";")
		val = strings.Trim(strings.TrimSpace(val), `"'`)
		switch key = strings.TrimSpace(key); {
		case key == "include" && depth < 4:
			files, _ := filepath.Glob(Under(f.prefix, val)) // nothing matches a pattern that is none
			for _, name := range files {
				f.read(name, depth+1)
			}
		case key == "process_control_timeout":
			n, err := strconv.Atoi(strings.TrimRight(val, "smhd"))
			f.waits = err != nil || n > 0
		case key == "listen" && f.section == f.pool:
			f.listen = val
		}
	}
	return true
}
