package profile

import (
	"os"
	"strings"
)

// readGunicorn finds gunicorn's address where it says it: on the command line,
// else in GUNICORN_CMD_ARGS, else in its file.
func readGunicorn(c *call) bool {
	more := c.environ("GUNICORN_CMD_ARGS")
	args := append(strings.Fields(more), c.args()...)
	if strings.ContainsAny(more, `"'\`) {
		return true // a shell's words: whatever they say stays unknown
	}
	for _, arg := range strings.Fields(more) {
		if listed(c.row.daemon, arg) {
			c.refuse(arg)
		}
	}
	file, named := "gunicorn.conf.py", optionIn(args, "-c --config")
	if len(named) > 0 {
		file = strings.TrimPrefix(named[len(named)-1], "file:")
	}
	file = c.path(file)
	data, err := os.ReadFile(file)
	conf := script{text: string(data), assign: "="}
	if d := conf.setting("daemon"); d.literal == "True" {
		c.refuseAt(file, d.line, "", "daemon")
	}
	moved := len(optionIn(args, "--chdir")) > 0 || conf.setting("chdir").line > 0
	bind := func(where string) {
		if rest, ok := strings.CutPrefix(where, "unix:"); ok {
			rest = strings.TrimPrefix(rest, "//")
			if moved && !strings.HasPrefix(rest, "/") {
				return
			}
			where = "unix:" + rest
		}
		c.listens(strings.TrimPrefix(where, "tcp://"))
	}
	if binds := optionIn(c.args(), "-b --bind"); len(binds) > 0 {
		bind(binds[0])
		return true
	}
	if binds := optionIn(args, "-b --bind"); len(binds) > 0 {
		bind(binds[0])
		return true
	}
	switch d := conf.setting("bind"); {
	case err != nil && (!os.IsNotExist(err) || len(named) > 0), conf.hidden(), len(optionIn(args, "--paste --paster")) > 0:
	case d.line > 0:
		bind(d.literal)
	case c.environ("PORT") != "":
		bind("0.0.0.0:" + c.environ("PORT"))
	default:
		bind("127.0.0.1:8000")
	}
	return true
}

// or is the first text that there is.
func or(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func readUvicorn(c *call) bool {
	if c.last("--fd") != "" || c.environ("UVICORN_FD") != "" {
		return true
	}
	if path := or(c.last("--uds"), c.environ("UVICORN_UDS")); path != "" {
		c.listens("unix:" + path)
		return true
	}
	c.listensOn(or(c.last("--host"), c.environ("UVICORN_HOST"), "127.0.0.1"), or(c.last("--port"), c.environ("UVICORN_PORT"), "8000"))
	return true
}

func readHypercorn(c *call) bool {
	switch binds := c.option("-b --bind"); {
	case len(binds) > 0:
		c.listens(binds[0])
	case c.last("-c --config") == "":
		c.listens("127.0.0.1:8000")
	}
	return true
}

func readWaitress(c *call) bool {
	if listen := c.option("--listen"); len(listen) > 0 {
		c.listens(listen[0])
		return true
	}
	if path := c.last("--unix-socket"); path != "" {
		c.listens("unix:" + path)
		return true
	}
	c.listensOn(or(c.last("--host"), "0.0.0.0"), or(c.last("--port"), "8080"))
	return true
}

func readDaphne(c *call) bool {
	if c.last("-e --endpoint") != "" || c.last("--fd") != "" {
		return true
	}
	if path := c.last("-u --unix-socket"); path != "" {
		c.listens("unix:" + path)
		return true
	}
	c.listensOn(or(c.last("-b --bind"), "127.0.0.1"), or(c.last("-p --port"), "8000"))
	return true
}
