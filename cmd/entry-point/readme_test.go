package main_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/skip"
	"entrypoint/supervisor/waitfor/realserver"
)

// TestReadme: each configuration in README.md is one that entry-point takes.
func TestReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```ini\n")[1:]
	if len(blocks) < 3 {
		t.Fatalf("only %d configurations", len(blocks))
	}
	tools := t.TempDir() // stand-ins of what the programs run, which -t looks for
	for _, found := range regexp.MustCompile(`(?m)^command = (\S+)`).FindAllStringSubmatch(string(text), -1) {
		if err := os.WriteFile(filepath.Join(tools, found[1]), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, block := range blocks {
		block, _, _ := strings.Cut(block, "```")
		file := filepath.Join(t.TempDir(), "entry-point.conf")
		if err := os.WriteFile(file, []byte(block), 0o644); err != nil {
			t.Fatal(err)
		}
		c := exec.Command(binary, "-t", "-c", file)
		c.Dir = filepath.Dir(file)
		c.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"))
		if err := os.WriteFile(filepath.Join(c.Dir, "report.py"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s\nof\n%s", err, out, block)
		}
	}
}

// readmeFeatures are the sections of README.md that have to show a command.
var readmeFeatures = []string{
	"Production mode", "Profiles", "Ready and alive", "Replacing what has grown or aged", "Waiting for other servers",
	"Reload without a lost request", "Oneshots and schedules", "Why it has ended", "Logs", "Steering a running container",
	"HTTP", "Swarm and Kubernetes",
}

// TestReadmeCommands: each command of the ctl, curl, -t and waiting kinds in
// README.md is run, and none of them is a mistake; each feature has one.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	skip.Unless(t, has("curl"), "curl")
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	tcp, _ := freeAddress(t, "tcp")
	p := controlled(t, `
[inet_http_server]
port = `+tcp+`
[program:migrate]
type = oneshot
command = true
[program:web]
command = sh -c "trap : HUP; echo up; `+loop+`"
reload_signal = HUP
startsecs = 0
depends_on = migrate
`)
	p.start()
	p.await(&p.stdout, "up")
	ran := map[string]bool{}
	missing := map[string]bool{}
	for _, title := range readmeFeatures {
		missing[title] = true
	}
	for _, section := range regexp.MustCompile("(?m)^##+ ").Split(string(text), -1) {
		title, body, _ := strings.Cut(section, "\n")
		if p.readmeCommands(body, tcp, ran) > 0 {
			delete(missing, title)
		}
	}
	if len(missing) > 0 {
		t.Errorf("no command in the sections %v", missing)
	}
	count := func(kind string) (n int) {
		for command := range ran {
			if strings.HasPrefix(command, kind) {
				n++
			}
		}
		return n
	}
	if count("ctl ") < 6 || count("curl ") < 4 || len(ran) < 12 {
		t.Errorf("only these commands: %v", ran)
	}
}

// readmeCommands runs the commands of one section against p, those that ran
// already not again, and returns how many there are.
func (p *initProcess) readmeCommands(section, tcp string, ran map[string]bool) (n int) {
	p.t.Helper()
	each := func(kind, pattern string, run func(args string)) {
		for _, found := range regexp.MustCompile(pattern).FindAllStringSubmatch(section, -1) {
			n++
			if args := strings.TrimSpace(found[1]); !ran[kind+args] {
				ran[kind+args] = true
				run(args)
			}
		}
	}
	each("ctl ", "(?m)(?:`|^|entry-point )ctl ([a-z][^`|\n]*)", func(args string) {
		if out, code := p.ctl(binary, append([]string{"ctl"}, strings.Fields(args)...)...); code != 0 {
			p.t.Errorf("ctl %s: exit code %d, %s", args, code, out)
		}
	})
	each("entry-point ", "`entry-point (-t[^`]*)`", func(args string) {
		if out, code := p.ctl(binary, append(strings.Fields(args), "-c", filepath.Join(p.Dir, "programs.conf"))...); code != 0 {
			p.t.Errorf("entry-point %s: exit code %d, %s", args, code, out)
		}
	})
	each("curl ", "(?m)^curl (.*)", func(args string) {
		args, _, _ = strings.Cut(strings.ReplaceAll(args, "localhost:9001", tcp), " #")
		// A stream ends with the time, which is curl's exit code 28.
		out, err := exec.Command("sh", "-c", "curl -sS --fail --max-time 2 "+args).CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 28 && strings.Contains(args, "follow")) || len(out) == 0 {
			p.t.Errorf("curl %s: %v\n%s", args, err, out)
		}
	})
	each("docker run ", "(?m)^docker run -e ENTRYPOINT_WAIT_FOR=(.*) IMAGE$", func(targets string) { readmeWaits(p.t, targets) })
	return n
}

// readmeWaits waits for the servers that README.md waits for, as entry-point does
// in a container; the servers are real and somewhere else.
func readmeWaits(t *testing.T, targets string) {
	t.Helper()
	db, cache := realserver.Postgres(t), realserver.Redis(t)
	real := strings.NewReplacer(`"`, "", "@db/", "@"+db.Address+"/", "//cache", "//"+cache.Address).Replace(targets)
	if strings.Count(real, "127.0.0.1:") != 2 {
		t.Fatalf("waits for %s: where are db and cache?", targets)
	}
	p := waiting(t, real)
	p.start()
	servers := []*realserver.Server{db, cache}
	for _, s := range servers {
		p.await(&p.stderr, s.Address)
		s.Start()
	}
	p.await(&p.stdout, "the web is here")
	for _, s := range servers {
		if said := p.stderr.String(); !regexp.MustCompile(s.Address + `\S* answers after `).MatchString(said) {
			t.Errorf("nothing about %s:\n%s", s.Address, said)
		}
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}
