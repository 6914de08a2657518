package config

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// pythonConfig prints what supervisord itself makes of each file.
const pythonConfig = `
import json, shlex, sys
from supervisor.events import getEventNameByType
from supervisor.options import ServerOptions
from supervisor.datatypes import Automatic, RestartUnconditionally, RestartWhenExitUnexpected
restart = {RestartUnconditionally: "always", RestartWhenExitUnexpected: "unexpected", False: "never"}
def log(name, c):
    get = lambda key: getattr(c, name + "_" + key)
    file = get("logfile")
    return {"file": "AUTO" if file is Automatic else file, "maxbytes": get("logfile_maxbytes"), "backups": get("logfile_backups"),
            "capture": get("capture_maxbytes"), "events": get("events_enabled"), "syslog": get("syslog")}
for path in sys.argv[1:]:
    o = ServerOptions()
    o.realize(["-n", "-c", path])
    groups = []
    for g in o.process_group_configs:
        out = {"name": g.name, "priority": g.priority, "processes": []}
        if hasattr(g, "pool_events"):
            out["events"] = sorted(getEventNameByType(e) for e in g.pool_events)
            out["buffer"] = g.buffer_size
        if hasattr(g, "socket_config"):
            s = g.socket_config
            out["socket"] = s.url
            out["backlog"] = s.get_backlog() or 0
        for c in g.process_configs:
            out["processes"].append({
                "name": c.name, "command": shlex.split(c.command), "environment": dict(sorted(c.environment.items())),
                "priority": c.priority, "umask": -1 if c.umask is None else c.umask, "directory": c.directory or "",
                "autostart": c.autostart, "autorestart": restart[c.autorestart], "startsecs": c.startsecs,
                "startretries": c.startretries, "exitcodes": list(c.exitcodes), "stopsignal": int(c.stopsignal),
                "stopwaitsecs": c.stopwaitsecs, "stopasgroup": c.stopasgroup, "redirect": c.redirect_stderr,
                "stdout": log("stdout", c), "stderr": log("stderr", c)})
        groups.append(out)
    servers = sorted([s["section"], s.get("file") or "%s:%d" % (s["host"], s["port"]), s["username"], s["password"]] for s in o.server_configs)
    main = {"Identifier": o.identifier, "Logfile": o.logfile, "Pidfile": o.pidfile, "StripANSI": o.strip_ansi, "MinFDs": o.minfds,
            "MinProcs": o.minprocs, "ChildLogDir": o.childlogdir, "KeepAutoLogs": o.nocleanup, "LogMaxBytes": o.logfile_maxbytes,
            "LogBackups": o.logfile_backups}
    print(json.dumps({"groups": groups, "servers": servers, "main": main}))
`

// pyGroup and those below it are what pythonConfig prints.
type pyGroup struct {
	Name      string
	Priority  int
	Processes []pyProcess
	Events    []string
	Buffer    int
	Socket    string
	Backlog   int
}

type pyProcess struct {
	Name                     string
	Command                  []string
	Environment              map[string]string
	Priority, Umask          int
	Directory                string
	Autostart                bool
	Autorestart              string
	StartSecs, StartRetries  int
	ExitCodes                []int
	StopSignal, StopWaitSecs int
	StopAsGroup, Redirect    bool
	Stdout, Stderr           pyLog
}

type pyLog struct {
	File     string
	MaxBytes int64
	Backups  int
	Capture  int64
	Events   bool
	Syslog   bool
}

type pyConfig struct {
	Groups  []pyGroup
	Servers [][]string
	Main    Container
}

// asPython tells a Config in supervisord's words.
func asPython(c *Config) (out pyConfig) {
	for _, p := range c.Programs {
		last := len(out.Groups) - 1
		if last < 0 || out.Groups[last].Name != p.Group {
			g := pyGroup{Name: p.Group, Priority: p.GroupPriority}
			if p.Pool != nil {
				g.Events, g.Buffer = p.Pool.Events, p.Pool.BufferSize
				slices.Sort(g.Events)
			}
			if p.Socket != nil {
				g.Socket, g.Backlog = p.Socket.URL, p.Socket.Backlog
			}
			out.Groups = append(out.Groups, g)
			last++
		}
		env := map[string]string{}
		for _, kv := range p.Environment {
			key, val, _ := strings.Cut(kv, "=")
			env[key] = val
		}
		out.Groups[last].Processes = append(out.Groups[last].Processes, pyProcess{
			Name: p.Name, Command: p.Command, Environment: env, Priority: p.Priority, Umask: p.Umask, Directory: p.Directory,
			Autostart: p.Autostart, Autorestart: []string{"unexpected", "always", "never"}[p.Autorestart],
			StartSecs: int(p.StartSecs / time.Second), StartRetries: p.StartRetries, ExitCodes: append([]int{}, p.ExitCodes...),
			StopSignal: int(p.StopSignals[0].Signal), StopWaitSecs: int(p.StopSignals[0].Wait / time.Second),
			StopAsGroup: p.StopAsGroup, Redirect: p.RedirectStderr, Stdout: asPythonLog(p.Stdout), Stderr: asPythonLog(p.Stderr),
		})
	}
	for _, s := range c.Container.Servers {
		section := "unix_http_server"
		if s.Network == "tcp" {
			section = "inet_http_server"
		}
		out.Servers = append(out.Servers, []string{section, s.Address, s.Username, s.Password})
	}
	slices.SortFunc(out.Servers, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	m := c.Container
	out.Main = Container{
		Identifier: m.Identifier, Logfile: m.Logfile, Pidfile: m.Pidfile, StripANSI: m.StripANSI, MinFDs: m.MinFDs, MinProcs: m.MinProcs,
		ChildLogDir: m.ChildLogDir, KeepAutoLogs: m.KeepAutoLogs, LogMaxBytes: m.LogMaxBytes, LogBackups: m.LogBackups,
	}
	return out
}

func asPythonLog(s Stream) pyLog {
	log := pyLog{MaxBytes: s.MaxBytes, Backups: s.Backups, Capture: s.Capture, Events: s.Events}
	for _, t := range s.Targets {
		switch t.Kind {
		case TargetStdout:
			log.File = "/dev/stdout"
		case TargetStderr:
			log.File = "/dev/stderr"
		case TargetAuto:
			log.File = "AUTO"
		case TargetFile:
			log.File = t.Path
		case TargetSyslog:
			log.Syslog = true
		}
	}
	return log
}

// onPurpose takes out of supervisord's answer what we want otherwise.
func onPurpose(c *pyConfig) {
	// We write no log or pid file, and raise no limit, that nobody has asked for.
	if filepath.Base(c.Main.Logfile) == "supervisord.log" {
		c.Main.Logfile = ""
	}
	if filepath.Base(c.Main.Pidfile) == "supervisord.pid" {
		c.Main.Pidfile = ""
	}
	if c.Main.MinFDs == 1024 {
		c.Main.MinFDs = 0
	}
	if c.Main.MinProcs == 200 {
		c.Main.MinProcs = 0
	}
	// A group without a process says nothing to us.
	c.Groups = slices.DeleteFunc(c.Groups, func(g pyGroup) bool { return len(g.Processes) == 0 })
	for i := range c.Groups {
		g := &c.Groups[i]
		for j := range g.Processes {
			p := &g.Processes[j]
			if g.Events != nil {
				// One priority for the pool and its listeners, whose order within it
				// is that of the file; the protocol is no log.
				p.Priority = g.Priority
				if p.Stdout.File == "AUTO" {
					p.Stdout.File = ""
				}
			}
			// In a container, a log is on the container's streams unless said otherwise.
			if p.Stdout.File == "AUTO" && !p.Stdout.Syslog {
				p.Stdout.File = "/dev/stdout"
			}
			if p.Stderr.File == "AUTO" && p.Name != "env" {
				p.Stderr.File = "/dev/stderr"
			}
			if p.Stdout.Syslog {
				p.Stdout.File = "/dev/stdout"
			}
			for _, s := range []*pyLog{&p.Stdout, &p.Stderr} {
				if s.File == "/dev/fd/2" {
					s.File = "/dev/stderr"
				}
			}
		}
	}
}

// supervisordPython is the interpreter that supervisord's program names.
func supervisordPython(t *testing.T) string {
	t.Helper()
	need(t, "supervisord")
	path, err := exec.LookPath("supervisord")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(data), "\n")
	interpreter, ok := strings.CutPrefix(line, "#!")
	if !ok {
		t.Fatalf("%s begins with %q", path, line)
	}
	return strings.Fields(interpreter)[0]
}

// TestLikeSupervisord loads files with supervisord's own code, too.
func TestLikeSupervisord(t *testing.T) {
	python := supervisordPython(t)
	t.Setenv("DIFF_NUMBER", "42")
	files, err := filepath.Glob("testdata/python/*.conf")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for i := range files {
		if files[i], err = filepath.Abs(files[i]); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(python, append([]string{"-c", pythonConfig}, files...)...).Output()
	if err != nil {
		if exit, ok := err.(*exec.ExitError); ok {
			t.Fatalf("%v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(files) {
		t.Fatalf("%d answers for %d files", len(lines), len(files))
	}
	for i, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var want pyConfig
			if err := json.Unmarshal([]byte(lines[i]), &want); err != nil {
				t.Fatal(err)
			}
			c, err := Load(&Options{File: file})
			if err != nil {
				t.Fatal(err)
			}
			onPurpose(&want)
			got := asPython(c)
			if len(got.Groups) != len(want.Groups) {
				t.Errorf("%d groups, want %d", len(got.Groups), len(want.Groups))
			}
			for i := range min(len(got.Groups), len(want.Groups)) {
				if !reflect.DeepEqual(got.Groups[i], want.Groups[i]) {
					t.Errorf("got  %+v\nwant %+v", got.Groups[i], want.Groups[i])
				}
			}
			if !reflect.DeepEqual(got.Main, want.Main) {
				t.Errorf("got  %+v\nwant %+v", got.Main, want.Main)
			}
			if len(got.Servers)+len(want.Servers) > 0 && !reflect.DeepEqual(got.Servers, want.Servers) {
				t.Errorf("servers: got %q, want %q", got.Servers, want.Servers)
			}
		})
	}
}
