package measure

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
)

// Bounds; doc.go has what they amount to.
const (
	every       = 15 * time.Second
	soon        = time.Second // until the second one
	kept        = 240
	maxPrograms = 5000
	share       = 200             // of the time, that entry-point may work for samples
	answerTime  = 5 * time.Second // for one sample
)

// Samples are those of the last hour. The zero value has none.
type Samples struct {
	mu        sync.Mutex
	number    int         // of the last sample
	times     []time.Time // at most kept, the oldest first
	programs  map[string]*series
	container series
	throttled []float32 // the share of the time in which the container was throttled
	waited    float64   // how long it was, at the last sample
	last      []*control.Usage
}

// series is what one program uses: a point for each of Samples.times.
type series struct {
	number int     // of the last sample in which it ran
	pid    int     // then
	cpu    float64 // seconds, likewise
	points []point
}

// point is one sample of a program.
type point struct {
	cores  float32 // on average since the sample before; NaN: not known
	memory float32 // bytes; NaN: it did not run
}

var (
	nan     = float32(math.NaN())
	nothing = point{nan, nan}
)

// Run makes samples until ctx ends. What cannot be read is left out.
func (s *Samples) Run(ctx context.Context, a ask.Asker) {
	for wait := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		begin := time.Now()
		_ = s.measure(ctx, a, Read())
		least := every
		if wait == 0 { // how much of a processor is used is known from the second one on
			least = soon
		}
		wait = max(least, share*time.Since(begin))
	}
}

// measure makes one sample.
func (s *Samples) measure(ctx context.Context, a ask.Asker, c *Container) error {
	ctx, cancel := ask.Within(ctx, answerTime)
	defer cancel()
	var used []*control.Usage
	err := a.Do(ctx, &control.Request{Do: control.DoUsage}, func(a *control.Answer) error {
		if a.Usage != nil && len(used) < maxPrograms {
			used = append(used, a.Usage)
		}
		return nil
	})
	if err == nil {
		s.add(time.Now(), used, c)
	}
	return err
}

// Newest is what the last sample says, by full name, and with "" of entry-point itself; nil:
// it is too old, or there is none.
func (s *Samples) Newest() map[string]*control.Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.times); n == 0 || time.Since(s.times[n-1]) > 2*every {
		return nil
	}
	used := make(map[string]*control.Usage, len(s.last))
	for _, u := range s.last {
		used[u.Name] = u
	}
	return used
}

// add takes one sample.
func (s *Samples) add(now time.Time, used []*control.Usage, c *Container) {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := 0.0 // since the sample before; 0: this is the first one
	if n := len(s.times); n > 0 {
		took = now.Sub(s.times[n-1]).Seconds()
	}
	if s.programs == nil {
		s.programs = map[string]*series{}
	}
	before := len(s.times)
	s.times = appended(s.times, now)
	s.number++
	s.last = used
	for _, u := range used {
		p := s.programs[u.Name]
		if p == nil {
			p = &series{points: slices.Repeat([]point{nothing}, before)}
			s.programs[u.Name] = p
		}
		p.add(s.number, u.PID, u.CPU, u.Memory, took)
	}
	for name, p := range s.programs {
		if p.number != s.number {
			p.points = appended(p.points, nothing)
		}
		if p.number <= s.number-kept { // it did not run within the hour
			delete(s.programs, name)
		}
	}
	s.addContainer(c, before, took)
}

// addContainer takes what all processes of the container use together.
func (s *Samples) addContainer(c *Container, before int, took float64) {
	if s.container.points == nil {
		s.container.points = slices.Repeat([]point{nothing}, before)
	}
	throttled := nan
	memory, seconds := int64(0), 0.0
	if c.Memory != nil {
		memory = c.Memory.Usage
	}
	if c.CPU != nil && c.CPU.Seconds >= 0 {
		seconds = c.CPU.Seconds
		if took > 0 && c.CPU.Periods >= 0 {
			throttled = float32(max(0, c.CPU.Waited-s.waited) / took)
		}
		s.waited = c.CPU.Waited
	}
	s.throttled = appended(s.throttled, throttled)
	if before == 0 {
		took = 0
	}
	s.container.add(s.number, 1, seconds, memory, took)
}

// add takes a sample of a program that runs. took is how many seconds have passed since
// the sample before; 0: there is none.
func (p *series) add(number, pid int, cpu float64, memory int64, took float64) {
	x := point{nan, float32(memory)}
	if took > 0 && p.number == number-1 {
		begin := p.cpu
		if pid != p.pid { // another process, which has used all of it since then
			begin = 0
		}
		x.cores = float32(max(0, cpu-begin) / took)
	}
	p.number, p.pid, p.cpu = number, pid, cpu
	p.points = appended(p.points, x)
}

// appended is list with one more, and without its oldest where it is full.
func appended[T any](list []T, x T) []T {
	if len(list) >= kept {
		copy(list, list[1:])
		list[len(list)-1] = x
		return list
	}
	return append(list, x)
}
