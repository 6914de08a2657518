package profile

import "strings"

// readCelery tells celery's own commands apart.
func readCelery(c *call) bool {
	switch c.verb("-A --app -b --broker --result-backend --loader --config --workdir") {
	case "worker":
		// It starts itself anew, in its own place.
		c.Reload = hup
	case "beat":
		c.Stop = c.Stop[:1]
	case "multi":
		c.refuseVerb("multi", `run "celery worker" itself, entry-point keeps it up`)
	default:
		return false
	}
	return true
}

func readRQ(c *call) bool {
	verb := c.verb("-u --url -c --config -P --path")
	return verb == "worker" || verb == "worker-pool" || strings.HasSuffix(c.words[c.at], "rqworker")
}

// readNode does not know what a script listens on.
func readNode(c *call) bool {
	for _, arg := range c.args() {
		switch {
		case !strings.HasPrefix(arg, "-"):
			c.Debug = c.with("--watch")
			return arg != "inspect"
		case listed("-v --version -h --help -e --eval -p --print -pe -c --check -i", arg):
			return false
		}
	}
	return false
}

// readCaddy tells caddy's own commands apart.
func readCaddy(c *call) bool {
	switch c.verb("") {
	case "run":
	case "start":
		c.refuseVerb("start", `write "caddy run"`)
		return true
	default:
		return false
	}
	if argv, at := c.plain(); argv != nil {
		c.Check = append(argv[:at+1], "validate")
		for _, o := range []string{"--config", "-c", "--adapter", "--envfile"} {
			if v := c.last(o); v != "" {
				c.Check = append(c.Check, o, v)
			}
		}
	}
	return true
}
