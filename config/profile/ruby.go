package profile

import (
	"os"
	"strconv"
)

// readPuma finds puma's address in its options, else in its file. HUP opens its
// logs again only where it has some; it would end puma otherwise.
func readPuma(c *call) bool {
	file := c.last("-C --config")
	if file == "" {
		env := or(c.environ("APP_ENV"), c.environ("RACK_ENV"), c.environ("RAILS_ENV"), "development")
		if file = c.path("config/puma/" + env + ".rb"); !exists(file) {
			file = "config/puma.rb"
		}
	}
	data, _ := os.ReadFile(c.path(file)) // puma itself says that it is not there
	conf := script{text: string(data)}
	if d := conf.setting("daemonize"); d.literal == "True" || conf.says("daemonize") {
		c.refuseAt(&Finding{File: c.path(file), Line: d.line, Key: "daemonize"}, "")
	}
	if c.last("--redirect-stdout") != "" || conf.setting("stdout_redirect").literal != "" {
		c.Reopen = hup
	}
	bind, port := conf.setting("bind"), conf.setting("port")
	switch binds := c.option("-b --bind"); {
	case len(binds) > 0:
		c.listensURL(binds[0])
	case c.last("-p --port") != "":
		c.listensOn("0.0.0.0", c.last("-p --port"))
	case conf.hidden():
	case bind.literal != "":
		c.listensURL(bind.literal)
	case port.literal != "" && bind.line == 0:
		c.listensOn("0.0.0.0", port.literal)
	}
	return true
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// readUnicorn finds unicorn's address. Its options and its file add to each
// other; any of them will do.
func readUnicorn(c *call) bool {
	for _, where := range c.option("-l --listen") {
		c.listensPort(where)
	}
	host, port := c.last("-o --host"), c.last("-p --port")
	if host != "" || port != "" {
		c.listensOn(or(host, "0.0.0.0"), or(port, "8080"))
	}
	if file := c.last("-c --config-file"); file != "" {
		data, _ := os.ReadFile(c.path(file))
		conf := script{text: string(data)}
		if where := conf.setting("listen").literal; where != "" {
			c.listensPort(where)
		}
		if d := conf.setting("preload_app"); d.line > 0 && d.literal != "False" {
			c.preloads("unicorn with preload_app (" + c.path(file) + ":" + strconv.Itoa(d.line) + ")")
		}
	}
	return true
}
