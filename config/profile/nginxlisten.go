package profile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// nginxListen takes in the address of one of nginx's listen directives. nginx opens
// all of them or ends, so any one will do. The first one of IPv4, or a socket's path,
// is better than one of IPv6, which a container may not have; one that wants the PROXY
// protocol would note each probe in its log, and one of UDP accepts no connection.
func (c *call) nginxListen(args nginxArgs) {
	if c.opaque {
		return
	}
	var confs []string
	for _, conf := range c.nginxConf(args) {
		if _, err := os.Stat(conf); err == nil && !slices.Contains(confs, conf) {
			confs = append(confs, conf)
		}
	}
	if len(confs) != 1 { // which of several it reads is compiled into it
		return
	}
	w := nginxWalk{dir: filepath.Dir(confs[0])}
	w.file(confs[0], 0)
	for _, where := range [...]string{w.v4, w.v6} {
		if where != "" {
			c.listens(where)
		}
	}
}

// nginxWalk looks through the servers of an nginx configuration.
type nginxWalk struct {
	dir    string   // where relative includes begin
	blocks []string // that are open, by the name of their directive
	lost   bool     // what follows cannot be read
	v4, v6 string   // the first address that will do, and the first one of IPv6
}

func (w *nginxWalk) file(name string, depth int) {
	text, err := os.ReadFile(name)
	if err != nil || depth > nginxInclude {
		w.lost = true
		return
	}
	lex := nginxLexer{text: string(text), line: 1}
	var words []string
	for !w.lost {
		word, kind := lex.next()
		switch kind {
		case nginxWord:
			words = append(words, word)
			continue
		case nginxEnd:
			return
		case nginxOpen:
			// The text of Lua is none of nginx's.
			w.lost = len(words) == 0 || strings.HasSuffix(words[0], "_by_lua_block")
			w.blocks = append(w.blocks, strings.Join(words, " "))
		case nginxClose:
			if len(w.blocks) == 0 {
				w.lost = true
				return
			}
			w.blocks = w.blocks[:len(w.blocks)-1]
		case nginxSemicolon:
			w.directive(words, depth)
		}
		words = nil
	}
}

func (w *nginxWalk) directive(words []string, depth int) {
	switch {
	case len(words) == 2 && words[0] == "include":
		files, _ := filepath.Glob(Under(w.dir, words[1]))
		for _, name := range files {
			w.file(name, depth+1)
		}
	case len(words) > 1 && words[0] == "listen" && len(w.blocks) == 2 && w.blocks[1] == "server":
		w.listen(words[1], words[2:])
	}
}

// listen takes in one directive.
func (w *nginxWalk) listen(where string, options []string) {
	for _, no := range [...]string{"udp", "quic", "proxy_protocol"} {
		if slices.Contains(options, no) {
			return
		}
	}
	switch end := where[strings.LastIndexByte(where, ']')+1:]; {
	case strings.HasPrefix(where, "unix:"):
	case strings.Trim(where, "0123456789") == "":
		where = ":" + where
	case !strings.Contains(end, ":") && w.blocks[0] == "http":
		where += ":80"
	}
	if strings.HasPrefix(where, "[") {
		if w.v6 == "" {
			w.v6 = where
		}
	} else if network, _ := reached(where); network != "" && w.v4 == "" {
		w.v4 = where
	}
}
