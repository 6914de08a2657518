package activation

import (
	"os"
	"reflect"
	"strings"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/socket"
)

// sockets are those that listen for HTTP.
type sockets struct {
	set    socket.Set
	asked  []config.Server // by the configuration
	idle   time.Duration   // of a gateway without connections, before it ends
	wanted *config.User    // of the gateway
	failed bool            // not all that were asked for are open
	short  bool            // and these can be tried again
	open   []config.Server // and these are
	files  []*os.File      // of open; they belong to set
}

// Set makes the open sockets those that the configuration asks for. What has not
// changed is not touched.
func (p *Part) Set(c *config.Container, now time.Time) {
	if p.over || !p.failed && p.idle == c.HTTPIdle && reflect.DeepEqual(p.asked, c.Servers) && reflect.DeepEqual(p.wanted, c.GatewayUser) {
		return
	}
	p.asked, p.idle, p.wanted, p.failed = c.Servers, c.HTTPIdle, c.GatewayUser, false
	p.openAll()
	if p.pid == 0 {
		p.at = time.Time{}
		p.forgive()
		p.wait(now)
	} else { // it has inherited other sockets, knows other passwords, or is another user
		p.end(now)
	}
}

// openAll opens what is asked for and closes the rest.
func (p *Part) openAll() {
	p.open, p.files, p.short = nil, nil, false
	p.set.Files = p.Files
	servers := p.asked
	if len(servers) > 0 {
		if _, err := Find(p.Executable, p.Env, p.Files); err != nil && !p.host.TryAgain("HTTP", err, time.Now()) {
			p.host.Log("", urls(servers)+": nothing listens there, because there is no HTTP gateway: "+err.Error())
			servers, p.failed = nil, true
		}
	}
	var keep []string
	for i := range servers {
		keep = append(keep, url(&servers[i]))
	}
	_ = p.set.Keep(keep) // the next change of the configuration does it
	seen := map[string]bool{}
	for i := range servers {
		s := &servers[i]
		if seen[url(s)] {
			p.host.Log("", "two HTTP servers are to listen on "+url(s)+": the first one does")
			continue
		}
		seen[url(s)] = true
		file, err := p.set.Open(&config.Socket{URL: url(s), Mode: s.Mode, Owner: s.Owner})
		switch {
		case err == nil:
		case p.host.TryAgain("HTTP", err, time.Now()):
			p.failed, p.short = true, true
			continue
		default:
			p.host.Log("", "HTTP: "+err.Error())
			p.failed = true
			continue
		}
		p.open, p.files = append(p.open, *s), append(p.files, file)
	}
}

// url is the address of a server.
func url(s *config.Server) string {
	if s.Network == "unix" {
		return "unix://" + s.Address
	}
	return "tcp://" + s.Address
}

func urls(servers []config.Server) string {
	var list []string
	for i := range servers {
		list = append(list, url(&servers[i]))
	}
	return strings.Join(list, ", ")
}
