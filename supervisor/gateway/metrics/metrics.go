package metrics

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"entrypoint/supervisor/cgroup"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/route"
)

// Bounds of scrapes; doc.go has what they amount to.
const (
	scrapes    = 4                // at a time
	scrapeTime = 10 * time.Second // that one may take, with its wait; Prometheus' own default
	piece      = 64 << 10         // written at a time
)

// server has a place for each scrape that is being answered.
type server struct {
	asker  ask.Asker
	places ask.Places
}

// Routes is /metrics.
func Routes(a ask.Asker) []route.Route {
	s := &server{a, make(ask.Places, scrapes)}
	return []route.Route{{Method: "GET", Path: "/metrics", Do: asked, May: route.Reader, Handler: s.serve}}
}

// asked is what a scrape asks entry-point for. It is never written.
var asked = []control.Operation{control.DoInfo, control.DoStatus, control.DoUsage}

// The types of the two formats.
const (
	openMetrics = "application/openmetrics-text"
	openType    = openMetrics + "; version=1.0.0; charset=utf-8"
	plainType   = "text/plain; version=0.0.4; charset=utf-8"
)

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := ask.Within(r.Context(), scrapeTime)
	defer cancel()
	leave, err := s.places.Take(ctx, scrapeTime)
	if err != nil {
		ask.Unavailable(w, "too many scrapes at a time")
		return
	}
	defer leave()
	seen, err := look(ctx, s.asker)
	if err != nil {
		ask.Unavailable(w, "entry-point does not answer: "+err.Error())
		return
	}
	x := newText(strings.Contains(r.Header.Get("Accept"), openMetrics), len(seen.Programs))
	seen.write(x)
	kind := plainType
	if x.open {
		kind = openType
		x.out = append(x.out, "# EOF\n"...)
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Vary", "Accept")
	w.Header().Set("Content-Length", strconv.Itoa(len(x.out)))
	// One that reads slowly is cut, for others wait for its place.
	for out := x.out; err == nil && len(out) > 0 && ctx.Err() == nil; {
		n := min(len(out), piece)
		_, err = w.Write(out[:n])
		out = out[n:]
	}
}

// state is what one scrape has seen.
type state struct {
	*ask.View
	memory *cgroup.Memory
	cpu    *cgroup.CPU
	pids   *cgroup.Processes
}

func look(ctx context.Context, a ask.Asker) (*state, error) {
	v, err := ask.Look(ctx, a, asked...)
	if err != nil {
		return nil, err
	}
	if v.Info == nil {
		v.Info = &control.Info{}
	}
	s := &state{View: v}
	own := cgroup.Own()
	s.memory, s.cpu, s.pids = cgroup.ReadMemory(cgroup.Root, own), cgroup.ReadCPU(cgroup.Root, own), cgroup.ReadProcesses(cgroup.Root, own)
	return s, nil
}

// states are supervisord's, in its order.
var states = [...]string{"STOPPED", "STARTING", "RUNNING", "BACKOFF", "STOPPING", "EXITED", "FATAL", "UNKNOWN"}

func (s *state) write(x *text) {
	s.writePrograms(x)
	s.writeInit(x)
	s.writeContainer(x)
}

func (s *state) writePrograms(x *text) {
	each := func(f func(p *control.Program, labels ...string)) {
		for _, p := range s.Programs {
			f(p, "program", p.Name, "group", p.Group)
		}
	}
	x.family("entrypoint_program_state", "stateset", "", "State of the program: one of them is 1.")
	each(func(p *control.Program, labels ...string) {
		for _, state := range states {
			x.sample("", truth(state == p.State), append(labels, "entrypoint_program_state", state)...)
		}
	})
	x.family("entrypoint_program_ready", "gauge", "", "The program is up, and its probe says yes.")
	each(func(p *control.Program, labels ...string) { x.sample("", truth(p.Ready), labels...) })
	x.family("entrypoint_program_starts", "counter", "", "Processes that were started.")
	each(func(p *control.Program, labels ...string) { x.sample("_total", float64(p.Starts), labels...) })
	x.family("entrypoint_program_restarts", "counter", "", "Starts after the first one; the runs of a schedule are none.")
	each(func(p *control.Program, labels ...string) { x.sample("_total", float64(p.Restarts), labels...) })
	x.family("entrypoint_program_exits", "counter", "", "Processes that have ended, by exit code or signal.")
	each(func(p *control.Program, labels ...string) {
		for _, e := range p.Exits {
			code := strconv.Itoa(e.Code)
			if e.Signal != "" {
				code = ""
			}
			x.sample("_total", float64(e.Count), append(labels, "code", code, "signal", e.Signal)...)
		}
	})
	x.family("entrypoint_program_start_time_seconds", "gauge", "seconds", "When its process was started, since 1970.")
	each(func(p *control.Program, labels ...string) {
		if p.PID != 0 {
			x.sample("", float64(p.Started.UnixMilli())/1000, labels...)
		}
	})
	used := func(f func(u *control.Usage, labels ...string)) {
		each(func(p *control.Program, labels ...string) {
			if u := s.Usage[p.FullName]; u != nil && u.Processes > 0 {
				f(u, labels...)
			}
		})
	}
	x.family("entrypoint_program_processes", "gauge", "", "The main process and all that descend from it.")
	used(func(u *control.Usage, labels ...string) { x.sample("", float64(u.Processes), labels...) })
	x.family("entrypoint_program_cpu_seconds", "counter", "seconds", "User and system time of its processes, and of those that they have waited for.")
	used(func(u *control.Usage, labels ...string) { x.sample("_total", u.CPU, labels...) })
	x.family("entrypoint_program_resident_memory_bytes", "gauge", "bytes", "Resident memory of its processes.")
	used(func(u *control.Usage, labels ...string) { x.sample("", float64(u.Memory), labels...) })
	x.family("entrypoint_program_open_fds", "gauge", "", "Open descriptors of its processes.")
	used(func(u *control.Usage, labels ...string) {
		if u.Descriptors >= 0 {
			x.sample("", float64(u.Descriptors), labels...)
		}
	})
}

func (s *state) writeInit(x *text) {
	x.family("entrypoint_build", "info", "", "Version of entry-point.")
	x.sample("_info", 1, "version", s.Info.Version)
	x.family("entrypoint_init_orphans_reaped", "counter", "", "Processes without a parent that were reaped.")
	x.sample("_total", float64(s.Info.Orphans))
	x.family("entrypoint_init_loop_latency_seconds", "gauge", "seconds", "How long this scrape waited for the loop of entry-point.")
	x.sample("", s.Info.Waited)
	x.family("entrypoint_init_start_time_seconds", "gauge", "seconds", "When the supervision began, since 1970.")
	x.sample("", float64(s.Info.Started.UnixMilli())/1000)
	x.family("entrypoint_setup_step_seconds", "gauge", "seconds", "How long a step of the prelude of this start took.")
	for _, step := range s.Info.Setup {
		x.sample("", step.Seconds, "step", step.Name, "result", step.Result)
	}
	u := s.Usage[""]
	if u == nil {
		return
	}
	x.family("entrypoint_init_zombies", "gauge", "", "Children of entry-point that are dead and not reaped.")
	x.sample("", float64(u.Zombies))
	x.family("entrypoint_init_cpu_seconds", "counter", "seconds", "User and system time of entry-point itself, without programs and gateway.")
	x.sample("_total", u.CPU)
	x.family("entrypoint_init_resident_memory_bytes", "gauge", "bytes", "Resident memory of entry-point itself, without programs and gateway.")
	x.sample("", float64(u.Memory))
	if u.Descriptors >= 0 {
		x.family("entrypoint_init_open_fds", "gauge", "", "Open descriptors of entry-point itself.")
		x.sample("", float64(u.Descriptors))
	}
}

func (s *state) writeContainer(x *text) {
	if m := s.memory; m != nil {
		if m.Usage > 0 {
			x.family("entrypoint_container_memory_usage_bytes", "gauge", "bytes", "Memory of the control group, with the page cache.")
			x.sample("", float64(m.Usage))
		}
		if m.Limit > 0 {
			x.family("entrypoint_container_memory_limit_bytes", "gauge", "bytes", "Its limit.")
			x.sample("", float64(m.Limit))
		}
		if m.Peak > 0 {
			x.family("entrypoint_container_memory_peak_bytes", "gauge", "bytes", "Its highest value.")
			x.sample("", float64(m.Peak))
		}
		if m.Kills >= 0 {
			x.family("entrypoint_container_oom_kills", "counter", "", "Processes that the kernel has killed, out of memory.")
			x.sample("_total", float64(m.Kills))
		}
	}
	if c := s.cpu; c != nil {
		if c.Usage >= 0 {
			x.family("entrypoint_container_cpu_seconds", "counter", "seconds", "CPU time of the control group.")
			x.sample("_total", c.Usage)
		}
		if c.Cores > 0 {
			x.family("entrypoint_container_cpu_limit_cores", "gauge", "cores", "Processors that it may use on average.")
			x.sample("", c.Cores)
		}
		if c.Periods >= 0 {
			x.family("entrypoint_container_cpu_periods", "counter", "", "Periods of its CPU limit.")
			x.sample("_total", float64(c.Periods))
			x.family("entrypoint_container_cpu_throttled_periods", "counter", "", "Periods in which it has used its CPU limit up.")
			x.sample("_total", float64(c.Throttled))
			x.family("entrypoint_container_cpu_throttled_seconds", "counter", "seconds", "How long it was throttled.")
			x.sample("_total", c.Waited)
		}
	}
	if p := s.pids; p != nil {
		x.family("entrypoint_container_processes", "gauge", "", "Processes and threads of the control group.")
		x.sample("", float64(p.Current))
		if p.Limit > 0 {
			x.family("entrypoint_container_processes_limit", "gauge", "", "Their limit.")
			x.sample("", float64(p.Limit))
		}
	}
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
