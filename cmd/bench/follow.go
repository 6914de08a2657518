package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"entrypoint/supervisor/control"
)

// benchFollowers measures the processor time that clients cost who wait for events.
func benchFollowers(r *rig, h *httpServers) ([]row, error) {
	g, err := h.startOurs(r)
	if err != nil {
		return nil, err
	}
	defer g.kill()
	for range followers {
		c, err := control.Dial(h.control, reportTimeout)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		told := make(chan struct{}, 1)
		go func() {
			_ = c.Do(&control.Request{Do: control.DoEvents, Follow: true}, func(*control.Answer) error {
				select {
				case told <- struct{}{}:
				default:
				}
				return nil
			})
		}()
		select {
		case <-told:
		case <-time.After(reportTimeout):
			return nil, errors.New("a client that follows gets no event; it said: " + g[h.ours].said())
		}
	}
	return r.idleFollowers(g[h.ours], "by the control socket", g[h.ours].pid())
}

// idleCPU measures the processor time of processes in idle time, after they have
// settled. p is what has started them, and whose words go into an error.
func (r *rig) idleCPU(p *pid1, pids ...int) (used float64, err error) {
	total := func() (sum float64, err error) {
		for _, pid := range pids {
			used, err := cpuTime(pid)
			if err != nil {
				return 0, fmt.Errorf("%w; it said: %s", err, p.said())
			}
			sum += used
		}
		return sum, nil
	}
	time.Sleep(r.settle)
	before, err := total()
	if err != nil {
		return 0, err
	}
	time.Sleep(r.idle)
	after, err := total()
	return after - before, err
}

// idleFollowers measures the processor time that clients cost who wait for events.
func (r *rig) idleFollowers(p *pid1, how string, pids ...int) ([]row, error) {
	used, err := r.idleCPU(p, pids...)
	if err != nil {
		return nil, err
	}
	m := metric{fmt.Sprintf("processor time in %v of %d clients that follow %s", r.idle, followers, how), milliseconds, sample{used}}
	return []row{m.below(0)}, nil
}

// benchHTTPFollowers is benchFollowers with clients of /v1/events, whose gateway
// counts as well.
func benchHTTPFollowers(r *rig, h *httpServers) ([]row, error) {
	g, err := h.startOurs(r)
	if err != nil {
		return nil, err
	}
	defer g.kill()
	for range followers {
		c, err := net.Dial("unix", h.socket)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(reportTimeout))
		if _, err := io.WriteString(c, "GET /v1/events?follow=true HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			return nil, err
		}
		for buf, text := make([]byte, 4096), ""; !strings.Contains(text, "data: "); {
			n, err := c.Read(buf)
			if text += string(buf[:n]); err != nil {
				return nil, fmt.Errorf("a client that follows gets no event: %w; it said: %s", err, g[h.ours].said())
			}
		}
	}
	gateway := gatewayPID(g[h.ours])
	if gateway == 0 {
		return nil, errors.New("there is no gateway; it said: " + g[h.ours].said())
	}
	return r.idleFollowers(g[h.ours], "by HTTP", g[h.ours].pid(), gateway)
}
