package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"entrypoint/supervisor/activation"
	"entrypoint/supervisor/owner"
)

const (
	firstAnswerBar   = 100 * 1e6 // ns
	laterAnswerBar   = 5 * 1e6
	gatewayMemoryBar = 12 * megabyte
	followers        = 1000
)

// benchHTTP measures what the control plane by HTTP costs when nobody uses it -
// the start, memory, system calls - and how soon it answers when somebody does:
// the first time, with the gateway's start, and then.
func benchHTTP(r *rig) ([]row, error) {
	h, err := r.httpServers()
	if err != nil {
		return nil, err
	}
	defer h.reports.Close()
	var rows []row
	for _, f := range []func(*rig, *httpServers) ([]row, error){benchHTTPStart, benchHTTPIdle, benchHTTPAnswers, benchFollowers, benchHTTPFollowers} {
		more, err := f(r, h)
		if err != nil {
			return rows, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// httpServers are ours and supervisord with one program and every kind of socket,
// and ours without any.
type httpServers struct {
	ours, without, supervisord *contestant
	socket                     string // of ours
	control                    string // of ours
	reports                    reports
}

// freeAddress is HOST:PORT of this machine where nobody listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (r *rig) httpServers() (*httpServers, error) {
	dir, err := r.emptyDir()
	if err != nil {
		return nil, err
	}
	h := &httpServers{socket: filepath.Join(dir, "ours.sock"), control: filepath.Join(dir, "control.sock")}
	if h.reports, err = r.fifo(); err != nil {
		return nil, err
	}
	sections := func(socket string) (string, error) {
		address, err := freeAddress()
		return fmt.Sprintf("[unix_http_server]\nfile = %s\n[inet_http_server]\nport = %s\nusername = u\npassword = p\n", socket, address), err
	}
	program := fmt.Sprintf("[program:p]\ncommand = %s hold %s\n", r.helper("child"), h.reports.Name())
	write := func(name, head string) (string, error) {
		file := filepath.Join(dir, name)
		return file, os.WriteFile(file, []byte(head+program), 0o644)
	}
	own, err := sections(h.socket)
	if err != nil {
		return nil, err
	}
	theirs, err := sections(filepath.Join(dir, "supervisord.sock"))
	if err != nil {
		return nil, err
	}
	with, err := write("with.conf", own)
	if err != nil {
		return nil, err
	}
	without, err := write("without.conf", "")
	if err != nil {
		return nil, err
	}
	conf, err := write("supervisord.conf", theirs+"[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n"+
		"[supervisord]\nnodaemon = true\nsilent = true\nuser = root\nlogfile = /dev/null\nlogfile_maxbytes = 0\npidfile = "+filepath.Join(dir, "pid")+"\n")
	if err != nil {
		return nil, err
	}
	environment := []string{"env", "ENTRYPOINT_SOCKET=" + h.control, r.bin, "-c"}
	h.ours = newContestant("ours, with HTTP", "", append(environment, with)...)
	h.without = newContestant("ours, without HTTP", "", append(environment[:4:4], without)...)
	h.supervisord = newContestant("supervisord", "supervisor", "supervisord", "-c", conf)
	return h, nil
}

// benchHTTPStart compares the start of the first program with and without sockets.
func benchHTTPStart(r *rig, h *httpServers) ([]row, error) {
	times := results{}
	err := rounds(warmupRounds, r.runs, []*contestant{h.ours, h.without}, func(c *contestant, counts bool) error {
		dir, err := r.emptyDir()
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		h.reports.pending() // of programs that were killed
		p, err := r.spawn(dir, c.argv...)
		if err != nil {
			return err
		}
		defer p.kill()
		first, err := h.reports.next(reportTimeout)
		if err != nil {
			return fmt.Errorf("it has not started its program: %w; it said: %s", err, p.said())
		}
		if counts {
			times.add(c, float64(first-p.started))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	m := metric{"start, production mode with HTTP", milliseconds, times[h.ours]}
	return []row{m.holdTo(1.02, h.without, times, "")}, nil
}

// benchHTTPIdle is what PID 1 with every socket holds and does.
func benchHTTPIdle(r *rig, h *httpServers) ([]row, error) {
	g, err := r.startAll(map[*contestant]int{h.ours: 1, h.supervisord: 1})
	if err != nil {
		return nil, err
	}
	defer g.kill()
	resident := results{}
	for c, p := range g {
		rss, err := kilobytes(p.pid(), "status", "VmRSS:")
		if err != nil {
			return nil, err
		}
		resident.add(c, rss)
	}
	own, _ := r.split(g[h.ours])
	t, err := r.trace(own)
	if err != nil {
		return nil, err
	}
	defer t.stop()
	time.Sleep(attachTime)
	from := time.Now()
	time.Sleep(r.idle)
	to := time.Now()
	t.stop()
	calls, err := t.calls(from, to)
	if err != nil {
		return nil, err
	}
	rss := metric{"RSS of PID 1, every socket, idle", megabytes, resident[h.ours]}
	idle := metric{"system calls in " + r.idle.String() + " idle, every socket", pieces, sample{float64(calls)}}
	return []row{rss.below(productionMemoryBar), rss.inform(h.supervisord, resident), idle.below(0)}, nil
}

// startOurs starts ours, until all of its sockets are open: programs are started before.
func (h *httpServers) startOurs(r *rig) (group, error) {
	g, err := r.startAll(map[*contestant]int{h.ours: 1})
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(reportTimeout); ; time.Sleep(pollInterval) {
		if len(owner.Listening(owner.Address{Path: h.socket})) > 0 && len(owner.Listening(owner.Address{Path: h.control})) > 0 {
			return g, nil
		}
		if time.Now().After(deadline) {
			said := g[h.ours].said()
			g.kill()
			return nil, fmt.Errorf("it does not listen; it said: %s", said)
		}
	}
}

// benchHTTPAnswers asks a gateway that is not there, and then one that is.
func benchHTTPAnswers(r *rig, h *httpServers) ([]row, error) {
	var first, later, memory sample
	for range max(r.rounds, 1) {
		g, err := h.startOurs(r)
		if err != nil {
			return nil, err
		}
		err = func() error {
			defer g.kill()
			took, err := h.ask()
			if err != nil {
				return err
			}
			first = append(first, took)
			for range 100 {
				if took, err = h.ask(); err != nil {
					return err
				}
				later = append(later, took)
			}
			time.Sleep(2 * time.Second) // it gives memory back half a second after the last connection
			rss, err := gatewayMemory(g[h.ours])
			memory = append(memory, rss)
			return err
		}()
		if err != nil {
			return nil, err
		}
	}
	return []row{
		metric{"first HTTP answer, with the gateway's start", milliseconds, first}.below(firstAnswerBar),
		metric{"later HTTP answers, a connection each", milliseconds, later}.below(laterAnswerBar),
		metric{"RSS of the gateway, idle", megabytes, memory}.below(gatewayMemoryBar),
	}, nil
}

// ask asks PID 1's loop by HTTP and returns the nanoseconds until the answer.
func (h *httpServers) ask() (took float64, err error) {
	client := http.Client{Timeout: reportTimeout, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", h.socket) },
	}}
	begin := time.Now()
	res, err := client.Get("http://localhost/healthz")
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if _, err = io.Copy(io.Discard, res.Body); err == nil && res.StatusCode != http.StatusOK {
		err = errors.New("the answer is " + res.Status)
	}
	return float64(time.Since(begin)), err
}

// gatewayPID is the gateway of p; 0: there is none.
func gatewayPID(p *pid1) int {
	for _, pid := range p.inside() {
		if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); filepath.Base(exe) == activation.Name {
			return pid
		}
	}
	return 0
}

// gatewayMemory is what the gateway of p has resident.
func gatewayMemory(p *pid1) (float64, error) {
	if pid := gatewayPID(p); pid != 0 {
		return kilobytes(pid, "status", "VmRSS:")
	}
	return 0, errors.New("there is no gateway; it said: " + p.said())
}
