package profile

import (
	"os"
	"strings"
)

// readHAProxy finds the first address that it binds, and whether it has a master,
// which alone can reload.
func readHAProxy(c *call) bool {
	master := c.has("-W -Ws") != ""
	for _, file := range c.option("-f") {
		data, err := os.ReadFile(c.path(file))
		if err != nil || strings.Contains(string(data), "\n.if") {
			continue // haproxy itself says so, or whether it binds depends on more than the file
		}
		section := ""
		for _, line := range strings.Split(string(data), "\n") {
			line, _, _ = strings.Cut(line, "#")
			words := strings.Fields(line)
			if len(words) == 0 {
				continue
			}
			switch words[0] {
			case "global", "defaults", "frontend", "listen", "backend", "peers", "resolvers", "userlist", "mailers", "cache", "program":
				section = words[0]
			case "master-worker":
				master = master || section == "global"
			case "bind":
				if len(words) > 1 && (section == "frontend" || section == "listen") && !strings.Contains(line, " namespace ") {
					where, _, _ := strings.Cut(words[1], ",")
					c.listens(strings.TrimPrefix(strings.TrimPrefix(where, "ipv4@"), "unix@"))
				}
			}
		}
	}
	if master {
		c.Reload = usr2
	}
	return true
}
