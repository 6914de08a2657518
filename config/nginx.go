package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// nginxConfs is where nginx looks for its configuration when it is not told,
// and nginxPrefixes where a relative -c begins: Debian's and nginx.org's
// packages, a build from source, OpenResty. Which one a binary has is compiled
// into it. Neither is ever written.
var (
	nginxConfs = [...]string{
		"/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf", "/usr/local/openresty/nginx/conf/nginx.conf",
	}
	nginxPrefixes = [...]string{
		"/usr/share/nginx", "/etc/nginx", "/usr/local/nginx", "/usr/local/openresty/nginx",
	}
)

// adaptNginx keeps nginx in the foreground and stops it by QUIT, which lets it
// finish its requests.
//
//	nginx.conf or -g     what is added
//	no daemon directive  -g "daemon off;"
//	daemon off;          nothing: a second one is an error
//	daemon on;           the environment variable NGINX=
//
// The variable is how a running nginx hands its listening sockets to its new
// binary. With an empty list in it nginx does all that it always does, but does
// not go to the background, for a new binary must not either.
func adaptNginx(b *build) {
	args := parseNginxArgs(b.p.Command)
	if !args.serves {
		return
	}
	if !b.explicit("stopsignal") {
		b.stopSignals = []syscall.Signal{syscall.SIGQUIT}
	}
	daemon, ok := b.nginxDaemon(args)
	switch {
	case !ok:
		b.p.Command = args.withDirective(b.p.Command, "daemon off;")
	case strings.EqualFold(daemon.words[1], "on"):
		if _, ok := environment(b.p.Environment, "NGINX"); !ok {
			b.p.Environment = append(slices.Clip(b.p.Environment), "NGINX=")
		}
		if daemon.file != "" {
			b.warnings = append(b.warnings, &Error{
				File: daemon.file, Line: daemon.line, Section: b.unit.section.Name, Key: "daemon",
				Reason: "nginx is kept in the foreground all the same; the directive can be removed",
			})
		}
	}
}

// nginxDaemon finds the daemon directive: nginx allows only one.
func (b *build) nginxDaemon(args nginxArgs) (daemon nginxDirective, ok bool) {
	found := func(d nginxDirective) {
		if !ok && len(d.words) == 2 && d.words[0] == "daemon" {
			daemon, ok = d, true
		}
	}
	mainContext("", "", args.directives, nginxInclude, found)
	if ok {
		return daemon, true
	}
	for _, conf := range b.nginxConf(args) {
		if data, err := os.ReadFile(conf); err == nil {
			mainContext(filepath.Dir(conf), conf, string(data), 0, found)
			break
		}
	}
	return daemon, ok
}

// nginxConf are the places of the main configuration file; the first that can
// be read is it.
func (b *build) nginxConf(args nginxArgs) []string {
	switch {
	case args.conf == "":
		confs := nginxConfs[:]
		if args.prefix != "" { // some builds look under their prefix
			confs = append(slices.Clone(confs), under(b.workDir(), args.prefix)+"/conf/nginx.conf")
		}
		return confs
	case args.prefix != "":
		return []string{under(under(b.workDir(), args.prefix), args.conf)}
	}
	var confs []string
	for _, prefix := range nginxPrefixes {
		confs = append(confs, under(prefix, args.conf))
	}
	return confs
}

// nginxArgs is what matters of nginx's command line.
type nginxArgs struct {
	conf, prefix string
	directives   string // of the last -g, the one that counts
	at, offset   int    // argv[at][offset:] is directives; at 0: there is no -g
	serves       bool   // it is to run, rather than to test or to signal another
}

// parseNginxArgs reads the command line as nginx does: several letters may share
// a "-", and a letter's text may follow it at once or be the next argument.
func parseNginxArgs(argv []string) nginxArgs {
	a := nginxArgs{serves: true}
	for i := 1; i < len(argv); i++ {
		arg := argv[i]
		if !strings.HasPrefix(arg, "-") {
			continue
		}
		for j := 1; j < len(arg); j++ {
			letter := arg[j]
			if strings.IndexByte("pgces", letter) < 0 {
				a.serves = a.serves && strings.IndexByte("?hvVtT", letter) < 0
				continue
			}
			at, offset := i, j+1
			if offset == len(arg) {
				if at, offset = i+1, 0; at == len(argv) {
					break // nginx says so
				}
			}
			i = at
			switch text := argv[at][offset:]; letter {
			case 'c':
				a.conf = text
			case 'p':
				a.prefix = text
			case 's':
				a.serves = false
			case 'g':
				a.directives, a.at, a.offset = text, at, offset
			}
			break
		}
	}
	return a
}

// withDirective adds a directive to -g.
func (a nginxArgs) withDirective(argv []string, directive string) []string {
	argv = slices.Clone(argv)
	if a.at == 0 {
		return append(argv, "-g", directive)
	}
	text := strings.TrimSpace(a.directives)
	if text != "" && !strings.HasSuffix(text, ";") && !strings.HasSuffix(text, "}") {
		text += ";"
	}
	argv[a.at] = argv[a.at][:a.offset] + strings.TrimSpace(text+" "+directive)
	return argv
}
