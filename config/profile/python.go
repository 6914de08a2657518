package profile

import (
	"os"
	"strconv"
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
		c.refuseAt(&Finding{File: file, Line: d.line, Key: "daemon"}, "")
	}
	for _, arg := range args {
		if arg == "--preload" {
			c.preloads("gunicorn --preload")
		}
	}
	if d := conf.setting("preload_app"); d.line > 0 && d.literal != "False" {
		c.preloads("gunicorn with preload_app (" + file + ":" + strconv.Itoa(d.line) + ")")
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
	for _, words := range [...][]string{c.args(), args} {
		if binds := optionIn(words, "-b --bind"); len(binds) > 0 {
			bind(binds[0])
			return true
		}
	}
	switch d := conf.setting("bind"); {
	case err != nil && (!os.IsNotExist(err) || len(named) > 0), conf.hidden(), len(optionIn(args, "--paste --paster")) > 0:
	case d.line > 0:
		bind(d.literal)
	default:
		bind("127.0.0.1:" + or(c.environ("PORT"), "8000"))
	}
	return true
}
