package activation

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/process"
)

// Name is that of the gateway's binary.
const Name = "entry-point-gateway"

// oomScore makes the kernel take the gateway before any program.
const oomScore = 900

// defaultIdle is after what time without a connection the gateway ends.
const defaultIdle = time.Minute

// Find returns the path of the gateway's binary: beside our own executable, whose path
// is own ("": not known, see process.Executable), or in PATH. It asks the file system by
// way of files.
func Find(own string, env []string, files *offload.Pool) (string, error) {
	return offload.Do(files, offload.Call{Key: "gateway", What: "look for " + Name}, func() (string, error) { return find(own, env) }, nil)
}

func find(own string, env []string) (string, error) {
	places := ""
	if own != "" {
		beside := filepath.Join(filepath.Dir(own), Name)
		if file, err := process.Look(beside, env, ""); err == nil {
			return file, nil
		}
		places = beside + " is not there, and "
	}
	file, err := process.Look(Name, env, "")
	if err != nil {
		return "", errors.New(places + err.Error())
	}
	return file, nil
}

// start starts the gateway.
func (p *Part) start() (pid int, err error) {
	file, err := Find(p.Executable, p.Env, p.Files)
	if err != nil {
		return 0, err
	}
	briefing := control.Briefing{Version: p.Version, Idle: cmp.Or(p.idle, defaultIdle).Seconds()}
	if p.crashes > 0 {
		briefing.Probes = probesFirst.Seconds()
	}
	for _, s := range p.open {
		briefing.Servers = append(briefing.Servers, control.HTTPServer{
			Network: s.Network, Address: s.Address, Username: s.Username, Password: s.Password, Reader: s.Reader, ReaderPassword: s.ReaderPassword,
		})
	}
	ours, theirs, err := control.OpenChannel()
	if err != nil {
		return 0, err
	}
	defer theirs.Close()
	spec := p.spec(file, theirs)
	if p.Stderr != nil {
		if f, err := p.Stderr(); err == nil { // else it prints where we do
			spec.Stdout, spec.Stderr = f, f
			defer f.Close()
		}
	}
	pid, why, err := Start(p.host.Start, spec)
	if err != nil {
		_ = ours.Close()
		return 0, err
	}
	if why != "" && why != p.toldUser {
		p.toldUser = why
		p.host.Log("", "HTTP gateway: "+why+"; it runs as we are, without capabilities")
	}
	p.link = p.Grant(ours, control.Grantee{
		PID: pid, Briefing: &briefing,
		Heard: func() { p.host.Post(func() { p.heard(pid, time.Now()) }) },
		Stranger: func(other int) {
			p.host.Post(func() {
				p.host.Log("", "HTTP gateway: process "+strconv.Itoa(other)+" has got hold of its channel and is not heard; the gateway is process "+strconv.Itoa(pid))
			})
		},
	})
	return pid, nil
}

// probesFirst is for how long a gateway answers health checks only when the one before
// it has crashed.
const probesFirst = 200 * time.Millisecond

// spec is the gateway as a process.
func (p *Part) spec(file string, channel *os.File) *process.Spec {
	s := &process.Spec{
		Argv: []string{file}, Env: Environment(p.Env), Dir: "/",
		Stdin: p.host.Silence(), Stdout: os.Stderr, Stderr: os.Stderr,
		Listen: append([]*os.File{channel}, p.files...), ListenNames: []string{"channel"},
	}
	for range p.files {
		s.ListenNames = append(s.ListenNames, "http")
	}
	User{Wanted: p.wanted, Taken: p.host.Taken}.Confine(s)
	// Less than our own would need a capability.
	if text, err := os.ReadFile("/proc/self/oom_score_adj"); err == nil {
		if own, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			score := max(own, oomScore)
			s.Settings.OOMScoreAdj = &score
		}
	}
	return s
}

// Environment is what of an environment the gateway's binary may see, whatever it
// does: none of the application's secrets. more are names of other variables.
func Environment(env []string, more ...string) (list []string) {
	list = []string{}
	for _, entry := range env {
		key, _, _ := strings.Cut(entry, "=")
		if key == "PATH" || key == "TZ" || key == "LANG" || slices.Contains(more, key) {
			list = append(list, entry)
		}
	}
	return list
}
