package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/jessevdk/go-flags"
)

// writeHelp writes the whole help; docker run IMAGE -h shows it. The options
// come from the parser; their layout is ours, since the parser's own has no
// room for environment variables beside them.
func writeHelp(w io.Writer) {
	p := newParser(&options{})
	fmt.Fprintf(w, "Usage:\n  %s %s\n\n", p.Name, p.Usage)
	writeWrapped(w, p.LongDescription, "")
	for _, g := range p.Groups() {
		writeGroup(w, g)
	}
	_, _ = io.WriteString(w, helpNotes)
}

func writeGroup(w io.Writer, g *flags.Group) {
	if len(g.Options()) > 0 {
		fmt.Fprintf(w, "\n%s:\n", g.ShortDescription)
	}
	for _, opt := range g.Options() {
		name := "    "
		if opt.ShortName != 0 {
			name = "-" + string(opt.ShortName) + ", "
		}
		name += "--" + opt.LongName
		if opt.ValueName != "" {
			name += " " + opt.ValueName
		}
		text := opt.Description
		if len(opt.Default) > 0 {
			text += " (default " + strings.Join(opt.Default, ",") + ")"
		}
		if opt.EnvDefaultKey != "" {
			text += " [" + opt.EnvDefaultKey + "]"
		}
		writeWrapped(w, text, fmt.Sprintf("  %-*s", helpColumn-2, name))
	}
	for _, sub := range g.Groups() {
		writeGroup(w, sub)
	}
}

const (
	helpColumn = 28 // where descriptions begin
	helpWidth  = 100
)

// writeWrapped writes text in lines of at most helpWidth; the first begins with
// label, the others are indented as far as label is long.
func writeWrapped(w io.Writer, text, label string) {
	line, indent := label, strings.Repeat(" ", len(label))
	empty := true
	for word := range strings.FieldsSeq(text) {
		if !empty && len(line)+1+len(word) > helpWidth {
			fmt.Fprintln(w, line)
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	fmt.Fprintln(w, line)
}

const helpNotes = `
Modes:
  (nothing)          production: the programs of the configuration, under supervision
  -d, -d WORD        debug: launches 'python3 app/app.py', nothing else; marker debug1 keeps the
                     container in this mode when it is restarted
  -d -- CMD ARG...   debug: launches CMD instead
  CMD ARG...         launches exactly that: no setup, no supervision

Configuration: -c FILE, else entry-point.conf, supervisord.conf (also in /etc) or a Procfile, else
  nginx and uWSGI. Called as supervisord, it takes supervisord's command line and configuration.
  ENTRYPOINT_EXIT_ON     when the container ends: fatal (default), any-exit, all-exit or never
  ENTRYPOINT_DRAIN       how long programs go on after TERM while health says not ready (default 0s)
  ENTRYPOINT_WAIT_FOR    servers that must answer before production and debug mode start:
                         postgres://, mysql://, redis://, amqp://, http(s)://, tcp://, unix://, dns:
                         and file:, for at most ENTRYPOINT_WAIT_TIMEOUT (60s); else exit code 75
  ENTRYPOINT_LOG_FORMAT  what programs print: plain (default), raw, prefix (name | line) or json,
                         which every line of the container is then
  ENTRYPOINT_LOG_TIMESTAMPS  on: the time in front of entry-point's own lines, in other formats
  ENTRYPOINT_LOG_BUFFER  memory for all output that is held back, such as unfinished lines (4MB)
  ENTRYPOINT_OOM_PROTECT off: the kernel may end entry-point before a program when memory runs out

Control: entry-point ctl status, start, stop, logs, events, reload NAME, update ... (see
  entry-point ctl help)
  ENTRYPOINT_SOCKET      control socket (default in /run, /tmp or /dev/shm, or abstract); none: none
  ENTRYPOINT_HTTP        HTTP on HOST:PORT or unix:/PATH, as [inet_http_server] and
                         [unix_http_server] ask for it; entry-point-gateway answers
  ENTRYPOINT_HTTP_LOGIN  USER:PASSWORD for it; needed where other machines can connect
  ENTRYPOINT_GATEWAY_USER  whom entry-point-gateway runs as, where we are root (default: a user
                         that nothing else has, 65432 or below)

Signals in production mode: TERM, INT and QUIT stop, a second one kills; HUP reads the configuration
  again; USR2 opens log files again; others as signal_map in [entrypoint] says.

Setup, before production and debug mode, from files in the working directory:
  requirements_os.txt (apt-get, apk, dnf, microdnf, yum, zypper, pacman), requirements.txt (uv, pip3),
  package-lock.json, package.json, yarn.lock, pnpm-lock.yaml, Gemfile, composer.json.
  Marker debug0 records what was installed; only what changed is installed again.

Exit codes:
  the command's or program's own; 128+N killed by signal N; 0 after a requested stop; 126 cannot
  execute; 127 not found; 64 wrong option, or already running; 70 internal error; 75 what
  ENTRYPOINT_WAIT_FOR names does not answer; 78 wrong configuration

An option in [BRACKETS] can also be set by that environment variable, a list with commas; the
command line wins.
`
