package profile

import (
	"os"
	"path/filepath"
	"strings"
)

// apacheConfs are the main configuration files of Debian's package, Docker's
// image, Fedora and Alpine, each with its ServerRoot. It is never written.
var apacheConfs = [...][2]string{
	{"/etc/apache2/apache2.conf", "/etc/apache2"},
	{"/usr/local/apache2/conf/httpd.conf", "/usr/local/apache2"},
	{"/etc/httpd/conf/httpd.conf", "/etc/httpd"},
	{"/etc/apache2/httpd.conf", "/var/www"},
}

// readApache finds the first address of Listen. apachectl is a shell script that
// waits for the server: only a signal to the whole group gets past it, and only
// one that the shell survives.
func readApache(c *call) bool {
	name := unversioned(filepath.Base(c.words[c.at]))
	if verb := c.has("start startssl"); verb != "" && name != "apache" && c.last("-k") != verb {
		c.refuseVerb(verb, `write "`+c.words[c.at]+` -DFOREGROUND"`)
		return true
	}
	if strings.HasSuffix(name, "ctl") {
		c.Group, c.Reload, c.Reopen = true, 0, 0
	}
	if strings.HasSuffix(name, "-foreground") {
		c.Check = nil // it would be a server, too
	}
	root, file := c.last("-d"), c.last("-f")
	for _, place := range apacheConfs {
		dir := or(root, place[1])
		conf := place[0]
		switch {
		case file != "":
			conf = Under(dir, file)
		case root != "":
			conf = filepath.Join(root, filepath.Base(conf))
		}
		if c.apacheConf(c.path(conf), &dir, 0) {
			break
		}
	}
	return true
}

// apacheConf looks for Listen in a file and in what it includes; false: it cannot
// be read. What stands in a block such as <IfModule> may not count.
func (c *call) apacheConf(file string, root *string, depth int) bool {
	data, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	blocks := 0
	for _, line := range strings.Split(string(data), "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0][0] == '#':
		case strings.HasPrefix(words[0], "</"):
			blocks--
		case words[0][0] == '<':
			blocks++
		case blocks > 0 || len(words) < 2:
		default:
			c.apacheDirective(strings.ToLower(words[0]), strings.Trim(words[1], `"`), root, depth)
		}
	}
	return true
}

func (c *call) apacheDirective(name, val string, root *string, depth int) {
	switch name {
	case "serverroot":
		*root = val
	case "listen":
		c.listensPort(val)
	case "include", "includeoptional":
		if c.Network != "" || depth == 4 {
			return
		}
		files, _ := filepath.Glob(Under(*root, val)) // nothing matches a pattern that is none
		for _, name := range files {
			c.apacheConf(name, root, depth+1)
		}
	}
}
