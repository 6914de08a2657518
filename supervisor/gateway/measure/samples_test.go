package measure

import (
	"encoding/json"
	"testing"
	"time"

	"entrypoint/supervisor/control"
)

// at makes the sample of a moment, in seconds; web uses half a core.
func (s *Samples) at(second int, used ...*control.Usage) {
	s.add(time.Unix(int64(second), 0), used, &Container{
		Memory: &Memory{Usage: 1 << 20}, CPU: &CPU{Seconds: float64(second), Waited: float64(second) / 4},
	})
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestSamples: averages, a program that comes later, one that is started again, one that
// has gone.
func TestSamples(t *testing.T) {
	s := &Samples{}
	web := func(pid int, cpu float64) *control.Usage {
		return &control.Usage{Name: "web", PID: pid, CPU: cpu, Memory: 2048}
	}
	s.at(10, web(7, 5))
	s.at(20, web(7, 10))
	s.at(30, web(8, 1), &control.Usage{Name: "late", PID: 9, CPU: 3, Memory: 4096}) // a new process of web
	s.at(40, &control.Usage{Name: "late", PID: 9, CPU: 13, Memory: 4096})
	const want = `{"times":[10,20,30,40],"programs":[{"name":"web","cpu":[null,0.5,0.1,null],"memory":[2048,2048,2048,null]},` +
		`{"name":"late","cpu":[null,null,null,1],"memory":[null,null,4096,4096]}],` +
		`"container":{"name":"","cpu":[null,1,1,1],"memory":[1048576,1048576,1048576,1048576]},"throttled":[null,0.25,0.25,0.25]}`
	if got := text(t, s.Last([]string{"web", "late", "nope"}, 100)); got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	if got := text(t, s.Last([]string{"web"}, 2).Programs[0].CPU); got != "[0.5,0.1]" {
		t.Errorf("two numbers: %s", got)
	}
	if got := text(t, s.Last([]string{"web"}, 3).Times); got != "[20,40]" {
		t.Errorf("three of four: %s", got)
	}
	if cores, all, known := s.Cores(); cores["late"] != 1 || all != 1 || !known {
		t.Errorf("now: %v %v %v", cores, all, known)
	}
}

// TestNewest: the last sample as it is, and none that is old.
func TestNewest(t *testing.T) {
	s := &Samples{}
	if s.Newest() != nil {
		t.Error("there is none so far")
	}
	for _, c := range []struct {
		age   time.Duration
		known bool
	}{{2*every + time.Second, false}, {every, true}} {
		s.add(time.Now().Add(-c.age), []*control.Usage{{Name: "web", PID: 7, Memory: 5}, {Memory: 3}}, &Container{})
		used := s.Newest()
		if known := used != nil; known != c.known {
			t.Errorf("after %v: %v", c.age, used)
		}
		if c.known && (len(used) != 2 || used["web"].PID != 7 || used[""].Memory != 3) {
			t.Errorf("%v", used)
		}
	}
}

// TestBounds: an hour is kept, and nothing of a program that has not run in it.
func TestBounds(t *testing.T) {
	s := &Samples{}
	s.at(0, &control.Usage{Name: "old", PID: 1})
	for i := range 2 * kept {
		s.at(15*(i+1), &control.Usage{Name: "web", PID: 7, CPU: float64(i)})
	}
	a := s.Last(nil, 2*kept)
	if len(a.Times) != kept || len(a.Programs) != 1 || len(a.Programs[0].CPU) != kept || len(a.Throttled) != kept || a.Times[0] != 15*(kept+1) {
		t.Errorf("%d times from %v, %d programs, %d", len(a.Times), a.Times[0], len(a.Programs), len(a.Throttled))
	}
	if n := len(s.Last(nil, 30).Times); n != 30 {
		t.Errorf("30 points: %d", n)
	}
}

// TestRead: what cannot be read is left out, and the host has a name.
func TestRead(t *testing.T) {
	c := Read()
	if c.Host == "" || c.CPU != nil && c.CPU.Machine < 1 || c.Memory != nil && c.Memory.Usage < 0 {
		t.Errorf("%+v", c)
	}
}
