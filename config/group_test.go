package config

import (
	"fmt"
	"strings"
	"testing"
)

// tree is the groups with their priorities and processes.
func tree(c *Config) string {
	var out strings.Builder
	group := ""
	for _, p := range c.Programs {
		if group != p.Group {
			group = p.Group
			fmt.Fprintf(&out, "%s(%d) ", p.Group, p.GroupPriority)
		}
		fmt.Fprintf(&out, "%s ", p.Name)
	}
	return strings.TrimSpace(out.String())
}

func TestGroups(t *testing.T) {
	const numbered = "process_name=%(program_name)s_%(process_num)d\nnumprocs=2\n"
	for name, c := range map[string]struct{ in, want string }{
		"each its own":        {"[program:b]\ncommand=a\n[program:a]\ncommand=a\npriority=3", "a(3) a b(999) b"},
		"several processes":   {"[program:b]\ncommand=a\n" + numbered + "numprocs_start=4", "b(999) b_4 b_5"},
		"none":                {"[program:a]\ncommand=a\n[program:b]\nnumprocs=0\ncommand=%(ENV_NOPE)s", "a(999) a"},
		"order of the list":   {"[group:g]\nprograms=b,a\npriority=5\n[program:a]\ncommand=a\npriority=1\n[program:b]\ncommand=a\n" + numbered, "g(5) b_0 b_1 a"},
		"in two":              {"[group:g]\nprograms=a\n[group:f]\nprograms=a\n[program:a]\ncommand=a", "f(999) a g(999) a"},
		"of its own name":     {"[group:a]\nprograms=a\n[program:a]\ncommand=a", "a(999) a"},
		"listeners first":     {"[program:a]\ncommand=a\n[eventlistener:l]\ncommand=a\nevents=TICK_5", "l(-1) l a(999) a"},
		"a listener beside":   {"[group:g]\nprograms=a\n[program:a]\ncommand=a\n[eventlistener:a]\ncommand=a\nevents=tick", "a(-1) a g(999) a"},
		"fcgi in a group":     {"[group:g]\nprograms=f\n[fcgi-program:f]\ncommand=a\nsocket=tcp://*:9", "g(999) f"},
		"defaults of program": {"[program-default]\npriority=7\n[program:a]\ncommand=a\n[program:b]\ncommand=b\npriority=6\n[eventlistener:l]\ncommand=a\nevents=TICK", "l(-1) l b(6) b a(7) a"},
		"empty":               {"[group:g]\nprograms=\n[group:f]\n[program:a]\ncommand=a", "a(999) a"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tree(mustLoad(t, c.in)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestGroupNames(t *testing.T) {
	c := mustLoad(t, "[group:g]\nprograms=a\n[group:f]\nprograms=a\n[program:a]\ncommand=a %(group_name)s\nenvironment=G=%(group_name)s\nprocess_name=%(group_name)s-x")
	got := fmt.Sprintln(c.Programs[0].Command, c.Programs[0].Environment, c.Programs[0].FullName(), c.Programs[1].Command, c.Programs[1].FullName())
	if want := "[a f] [G=f] f:f-x [a g] g:g-x\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestGroupErrors(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"unknown": {
			"[group:g]\nprograms=wbe,\npriority=x\n[program:web]\ncommand=a",
			[]string{
				`app.conf:2: [group:g] programs: no program is named "wbe" (did you mean web?)`,
				`app.conf:2: [group:g] programs: a name is missing in "wbe,"`,
				`app.conf:3: [group:g] priority: "x" is not a whole number`,
			},
		},
		"twice": {"[group:g]\nprograms=a,a\n[program:a]\ncommand=a", []string{`app.conf:2: [group:g] programs: "a" is named twice`}},
		"listener": {
			"[group:g]\nprograms=l\n[eventlistener:l]\ncommand=a\nevents=TICK",
			[]string{`app.conf:2: [group:g] programs: "l" is an event listener, which can be in no group`},
		},
		"ambiguous": {
			"[group:g]\nprograms=a\n[program:a]\ncommand=a\n[fcgi-program:a]\ncommand=a\nsocket=tcp://*:1",
			[]string{
				`app.conf:2: [group:g] programs: the name "a" is ambiguous: [program:a] and [fcgi-program:a]`,
				`app.conf:5: [fcgi-program:a]: there is a group "a" already, of [program:a] at app.conf:3`,
			},
		},
		"two groups of one name": {
			"[group:b]\nprograms=a\n[program:a]\ncommand=a\n[program:b]\ncommand=b",
			[]string{`app.conf:5: [program:b]: there is a group "b" already, of [group:b] at app.conf:1`},
		},
		"two processes of one name": {
			"[group:g]\nprograms=a,b\n[program:a]\ncommand=a\nprocess_name=x\n[program:b]\ncommand=b\nprocess_name=x",
			[]string{`app.conf:8: [program:b] process_name: there is a process "g:x" already, of [program:a] at app.conf:3`},
		},
		"processes of one program": {
			"[program:a]\ncommand=a\nnumprocs=2\nprocess_name=x%(process_num).0s",
			[]string{`app.conf:4: [program:a] process_name: there is a process "a:x" already, of [program:a] at app.conf:1`},
		},
		"no name": {"[group:]\n[group:a b]\n[program:a]\ncommand=a", []string{
			"app.conf:1: [group:]: the program has no name", `app.conf:2: [group:a b]: a program's name cannot contain " "`,
		}},
		"no process_num": {"[program:a]\ncommand=a\nnumprocs=2\nprocess_name=b", []string{
			"app.conf:4: [program:a] process_name: with several processes it must contain %(process_num), such as %(program_name)s_%(process_num)02d",
		}},
		"once for a thousand": {"[program:a]\ncommand=a %(ENV_NOPE)s\nnumprocs=1000\nprocess_name=%(process_num)d\ndirectory=%(process_num)d", []string{
			"app.conf:2: [program:a] command: the environment has no NOPE; %(ENV_NOPE:-value)s would give it a default",
		}},
		"defaults": {"[program:a]\ncommand=a\n[program:b]\ncommand=b\n[program-default]\nstartsecs=x\nfrob=y", []string{
			`app.conf:6: [program-default] startsecs: "x" is not a whole number`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := loadText(t, c.in)
			wantErrors(t, err, c.want...)
		})
	}
}

// TestProcesses: what differs between the processes of a program, and what they
// share.
func TestProcesses(t *testing.T) {
	c := mustLoad(t, `[program:w]
command = run --port 80%(process_num)02d --of %(numprocs)d --env %(ENV_N)s
process_name = w%(process_num)d
numprocs = 3
numprocs_start = 1
environment = N="%(process_num)d",SAME=1
directory = /srv/%(ENV_N)s
stdout_logfile = /tmp/w%(process_num)d.log
exitcodes = 0,1
[program:s]
command = run
process_name = s%(process_num)d
numprocs = 3
environment = A=1
`)
	var got []string
	for _, p := range c.Programs[3:] {
		got = append(got, fmt.Sprintln(p.Name, p.Command, p.Environment, p.Directory, p.Stdout.Targets[0].Path))
	}
	want := "w1 [run --port 8001 --of 3 --env 1] [N=1 SAME=1] /srv/1 /tmp/w1.log\n" +
		"w2 [run --port 8002 --of 3 --env 2] [N=2 SAME=1] /srv/2 /tmp/w2.log\n" +
		"w3 [run --port 8003 --of 3 --env 3] [N=3 SAME=1] /srv/3 /tmp/w3.log\n"
	if got := strings.Join(got, ""); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	s, w := c.Programs[:3], c.Programs[3:]
	if &s[0].Command[0] != &s[2].Command[0] || &s[0].Environment[0] != &s[2].Environment[0] || &s[0].StopSignals[0] != &s[2].StopSignals[0] ||
		&w[0].ExitCodes[0] != &w[2].ExitCodes[0] {
		t.Error("what is equal is not shared")
	}
}

// TestDependencyNames: programs, groups and processes, each by full names.
func TestDependencyNames(t *testing.T) {
	const programs = `
[group:g]
programs=a,b
[program:a]
command=a
[program:b]
command=b
process_name=b%(process_num)d
numprocs=2
[program:c]
command=c
process_name=c%(process_num)d
numprocs=2
[program:x]
command=x
depends_on=`
	for in, want := range map[string]string{
		"a": "g:a", "b": "g:b0 g:b1", "g": "g:a g:b0 g:b1", "c": "c:c0 c:c1", "g:b1": "g:b1", "g:*": "g:a g:b0 g:b1",
		"g:b1:ready,a:ready , b": "g:b1 g:a g:b0", "c:c1": "c:c1", "c:ready": "c:c0 c:c1",
	} {
		c := mustLoad(t, programs+in)
		last := c.Programs[len(c.Programs)-1]
		for _, p := range c.Programs {
			if p.Name == "x" {
				last = p
			}
		}
		if got := strings.Trim(fmt.Sprint(last.DependsOn), "[]"); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	_, _, err := loadText(t, programs+"g:b2,gg")
	wantErrors(t, err,
		`app.conf:16: [program:x] depends_on: no program is named "g:b2"`,
		`app.conf:16: [program:x] depends_on: no program is named "gg" (did you mean g?)`)
	_, _, err = loadText(t, "[group:g]\nprograms=a\n[program:a]\ncommand=a\ndepends_on=b\n[program:b]\ncommand=b\ndepends_on=g")
	wantErrors(t, err, "app.conf:5: [program:a] depends_on: these programs wait for each other: b -> g:a -> b")
}
