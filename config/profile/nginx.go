package profile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// readNginx keeps nginx in the foreground.
//
//	nginx.conf or -g     what is added
//	no daemon directive  -g "daemon off;"
//	daemon off;          nothing: a second one is an error
//	daemon on;           the environment variable NGINX=
//
// The variable is how a running nginx hands its listening sockets to its new
// binary. With an empty list in it nginx does all that it always does, but does
// not go to the background, for a new binary must not either.
func readNginx(c *call) bool {
	args := parseNginxArgs(c.args())
	if !args.serves {
		return false
	}
	c.nginxListen(args)
	daemon, ok := c.nginxDaemon(args)
	switch {
	case c.opaque:
	case !ok:
		c.Argv = c.withDirective(args, "daemon off;")
	case strings.EqualFold(daemon.words[1], "on"):
		if !slices.ContainsFunc(c.command.Env[1], func(kv string) bool { return strings.HasPrefix(kv, "NGINX=") }) {
			c.Env = []string{"NGINX="}
		}
		if daemon.file != "" {
			c.Findings = append(c.Findings, &Finding{
				File: daemon.file, Line: daemon.line, Key: "daemon",
				Reason: "nginx is kept in the foreground all the same; the directive can be removed",
			})
		}
	}
	return true
}

// nginxDaemon finds the daemon directive: nginx allows only one.
func (c *call) nginxDaemon(args nginxArgs) (daemon nginxDirective, ok bool) {
	found := func(d nginxDirective) {
		if !ok && len(d.words) == 2 && d.words[0] == "daemon" {
			daemon, ok = d, true
		}
	}
	mainContext("", "", args.directives, nginxInclude, found)
	if ok {
		return daemon, true
	}
	for _, conf := range c.nginxConf(args) {
		if data, err := os.ReadFile(conf); err == nil {
			mainContext(filepath.Dir(conf), conf, string(data), 0, found)
			break
		}
	}
	return daemon, ok
}

// nginxConf are the places of the main configuration file; the first that can
// be read is it.
func (c *call) nginxConf(args nginxArgs) []string {
	switch {
	case args.conf == "":
		confs := nginxConfs[:]
		if args.prefix != "" { // some builds look under their prefix
			confs = append(slices.Clone(confs), Under(c.command.Dir, args.prefix)+"/conf/nginx.conf")
		}
		return confs
	case args.prefix != "":
		return []string{Under(Under(c.command.Dir, args.prefix), args.conf)}
	}
	var confs []string
	for _, prefix := range nginxPrefixes {
		confs = append(confs, Under(prefix, args.conf))
	}
	return confs
}

// nginxArgs is what matters of nginx's command line.
type nginxArgs struct {
	conf, prefix string
	directives   string // of the last -g, the one that counts
	at, offset   int    // args[at][offset:] is directives
	given        bool   // there is a -g
	serves       bool   // it is to run, rather than to test or to signal another
}

// parseNginxArgs reads the command line as nginx does: several letters may share
// a "-", and a letter's text may follow it at once or be the next argument.
func parseNginxArgs(argv []string) nginxArgs {
	a := nginxArgs{serves: true}
	for i := 0; i < len(argv); i++ {
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
				a.directives, a.at, a.offset, a.given = text, at, offset, true
			}
			break
		}
	}
	return a
}

// withDirective is the command with a directive more in its -g.
func (c *call) withDirective(a nginxArgs, directive string) []string {
	if !a.given {
		return c.put(len(c.words), "-g", directive)
	}
	text := strings.TrimSpace(a.directives)
	if text != "" && !strings.HasSuffix(text, ";") && !strings.HasSuffix(text, "}") {
		text += ";"
	}
	words := slices.Clone(c.words)
	word := &words[c.at+1+a.at]
	*word = (*word)[:a.offset] + strings.TrimSpace(text+" "+directive)
	return c.rebuilt(words)
}
