package control

import (
	"testing"
	"time"
)

// TestName: whom a name means, in requests and as supervisorctl takes it.
func TestName(t *testing.T) {
	for text, c := range map[string]struct {
		request, namespec [3]bool // whether web, work:w0 and work:w1 are meant
	}{
		"all":     {[3]bool{true, true, true}, [3]bool{}},
		"web":     {[3]bool{true}, [3]bool{true}},
		"web:web": {[3]bool{true}, [3]bool{true}},
		"web:*":   {[3]bool{true}, [3]bool{true}},
		"work:*":  {[3]bool{false, true, true}, [3]bool{false, true, true}},
		"work:":   {[3]bool{}, [3]bool{false, true, true}},
		"work:w1": {[3]bool{false, false, true}, [3]bool{false, false, true}},
		"w1":      {[3]bool{}, [3]bool{}},
		"":        {[3]bool{}, [3]bool{}},
	} {
		for i, p := range [...]struct{ group, name string }{{"web", "web"}, {"work", "w0"}, {"work", "w1"}} {
			if got := ParseName(text).Is(p.group, p.name); got != c.request[i] {
				t.Errorf("%q means %s:%s in a request: %t", text, p.group, p.name, got)
			}
			if got := ParseNamespec(text).Is(p.group, p.name); got != c.namespec[i] {
				t.Errorf("%q means %s:%s for supervisorctl: %t", text, p.group, p.name, got)
			}
		}
	}
	if full, one := ParseName("web:web").One(); full != "web" || !one {
		t.Errorf("web:web: %s %t", full, one)
	}
	for _, text := range []string{"all", "web:*"} {
		if full, one := ParseName(text).One(); one {
			t.Errorf("%s is one program, %s", text, full)
		}
	}
}

// TestDescription: supervisord's words for every state.
func TestDescription(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.Local)
	for want, p := range map[string]Program{
		"pid 7, uptime 0:03:12":          {State: "RUNNING", PID: 7, Started: now.Add(-192 * time.Second)},
		"pid 7, uptime 12 days, 0:00:00": {State: "RUNNING", PID: 7, Started: now.Add(-288 * time.Hour)},
		"pid 7, uptime 1 day, 3:04:05":   {State: "RUNNING", PID: 7, Started: now.Add(-27*time.Hour - 245*time.Second)},
		"pid 7, uptime 1 day, 1:00:00":   {State: "RUNNING", PID: 7, Started: now.Add(-25 * time.Hour)},
		"pid 7, uptime 3 days, 0:00:01":  {State: "RUNNING", PID: 7, Started: now.Add(-72*time.Hour - time.Second)},
		"pid 7, uptime 0:00:00":          {State: "RUNNING", PID: 7, Started: now.Add(time.Hour)},
		"spawn error":                    {State: "FATAL", SpawnErr: "spawn error"},
		`unknown error (try "tail web")`: {State: "BACKOFF", Name: "web"},
		"Not started":                    {State: "STOPPED"},
		"Mar 01 12:00 PM":                {State: "EXITED", Started: now, Ended: now},
		"":                               {State: "STOPPING", PID: 7},
	} {
		if got := p.Description(now); got != want {
			t.Errorf("%+v: %q, want %q", p, got, want)
		}
	}
}
