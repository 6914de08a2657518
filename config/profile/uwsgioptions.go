package profile

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// uwsgiDepth is how deep a configuration that loads others is followed.
const uwsgiDepth = 8

// uwsgiOptions are what uWSGI's options, from its command line, its ini files
// and its environment, mean for whoever supervises it.
type uwsgiOptions struct {
	dir string // where relative paths of files begin

	said      bool // "master" is, so that nothing else brings or takes one
	master    bool
	unsure    bool // there is more that cannot be known here
	dieOnTerm bool
	graceful  syscall.Signal // makes the master finish its requests and end; 0: none
	chdir     string
	moved     bool     // its sockets are not where their names say
	sockets   []string // the workers' own
	routers   []string // of the HTTP router in front of them

	daemonize    uwsgiPlace // an option that sends it to the background
	exitOnReload bool
	unread       []*Finding // configuration that cannot be read
}

// uwsgiPlace is where an option was met. Without a file it is the command line
// or the environment.
type uwsgiPlace struct {
	file string
	line int
	key  string
}

// option takes in one option. Later ones win, as in uWSGI.
func (u *uwsgiOptions) option(key, val string, at uwsgiPlace, depth int) {
	switch key {
	case "master":
		u.said, u.master = true, uwsgiTrue(val)
	case "set":
		if name, val, ok := strings.Cut(val, "="); ok {
			u.option(strings.TrimSpace(name), strings.TrimSpace(val), at, depth)
		}
	case "die-on-term":
		u.dieOnTerm = uwsgiTrue(val)
	case "hook-master-start":
		if sig, ok := gracefulHook(val); ok {
			u.graceful = sig
		}
	case "daemonize", "daemonize2":
		u.daemonize = at
	case "exit-on-reload":
		u.exitOnReload = uwsgiTrue(val)
	case "chdir":
		u.chdir = val
	case "chroot", "pivot-root", "abstract-socket":
		u.moved = true
	case "socket", "uwsgi-socket", "http-socket", "http11-socket", "fastcgi-socket", "scgi-socket":
		u.sockets = append(u.sockets, val)
	case "http":
		u.routers = append(u.routers, val)
	case "ini", "xml", "xmlconfig", "yaml", "yml", "include", "inherit":
		if depth < uwsgiDepth {
			u.load(val, depth+1)
		}
	case "json", "js", "sqlite", "sqlite3", "zmq", "zeromq-config", "ldap", "config", "config-py", "inherit-before":
		u.unsure = true
	default:
		if !u.said && impliesMaster(key) {
			u.master = true
		}
	}
}

// load reads FILE.ini or FILE.ini:section, and likewise yaml and xml. Other
// formats are not read: what they say stays unknown.
func (u *uwsgiOptions) load(name string, depth int) {
	file, section, _ := cutLast(name, ":")
	if section == "" {
		section = "uwsgi"
	}
	f := uwsgiFile{u: u, name: file, wanted: section, depth: depth}
	var read func(text string)
	switch filepath.Ext(file) {
	case ".ini":
		read = f.ini
	case ".yml", ".yaml":
		read = f.yaml
	case ".xml":
		read = f.xml
	}
	if read == nil || placeholder(file) || strings.Contains(name, "://") {
		u.unsure = true
		return
	}
	data, err := os.ReadFile(Under(u.dir, file))
	if err != nil {
		u.unread, u.unsure = append(u.unread, &Finding{Severity: Missing, File: file, Unread: err}), true
		return
	}
	read(string(data))
}

// uwsgiFile is a file while it is read.
type uwsgiFile struct {
	u      *uwsgiOptions
	name   string
	wanted string // section
	depth  int
	logic  bool // between if-... or for and its end
}

// option takes in a line. Options in a conditional or repeated block depend on
// what only uWSGI knows, and are skipped, so that little is sure.
func (f *uwsgiFile) option(key, val string, line int) {
	switch {
	case uwsgiLogic(key):
		f.logic = true
	case key == "end" || key == "endif" || key == "endfor" || key == "end-if" || key == "end-for":
		f.logic = false
	case f.logic:
		f.u.unsure = true
	default:
		f.u.option(key, val, uwsgiPlace{f.name, line, key}, f.depth)
	}
}

// ini reads the text of an ini file by uWSGI's rules, which are not
// supervisord's: no inline comments, no continuation lines, keys may repeat.
func (f *uwsgiFile) ini(text string) {
	section, number := "", 0
	for _, line := range strings.Split(text, "\n") {
		number++
		line = strings.Trim(line, " \t\r")
		switch {
		case line == "" || line[0] == ';' || line[0] == '#':
		case line[0] == '[':
			section = line[1 : max(len(line), 2)-1] // the last byte, whatever it is
		case section == f.wanted:
			key, val, _ := strings.Cut(line, "=")
			f.option(strings.TrimRight(key, " \t\r"), strings.TrimLeft(val, " \t\r"), number)
		}
	}
}

// uwsgiLogic says whether an option begins a conditional or repeated block.
func uwsgiLogic(key string) bool {
	switch key {
	case "for", "foreach", "for-glob", "for-times", "for-readline",
		"ifenv", "ifexists", "ifopt", "ifreload", "iffile", "ifdir", "ifdirectory", "ifplugin", "ifhostname":
		return true
	}
	return strings.HasPrefix(key, "if-")
}

// uwsgiTrue reads a flag: anything but a few words is true.
func uwsgiTrue(val string) bool {
	switch strings.ToLower(val) {
	case "false", "off", "no", "0":
		return false
	}
	return true
}

// gracefulHook reads "unix_signal:15 gracefully_kill_them_all".
func gracefulHook(val string) (syscall.Signal, bool) {
	number, function, _ := strings.Cut(strings.TrimPrefix(val, "unix_signal:"), " ")
	n, err := strconv.Atoi(number)
	if !strings.HasPrefix(val, "unix_signal:") || strings.TrimSpace(function) != "gracefully_kill_them_all" || err != nil || n < 1 || n > 64 {
		return 0, false
	}
	return syscall.Signal(n), true
}

// placeholder says whether uWSGI puts something else in the place of a part of
// val: %(name), %d, $(VAR), @(file).
func placeholder(val string) bool {
	return strings.Contains(val, "%") || strings.Contains(val, "$(") || strings.Contains(val, "@(")
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
