package measure

import (
	"math"
	"strconv"
)

// Answer is a part of the samples.
type Answer struct {
	Times     []int64  `json:"times"` // when each was made, in seconds since 1970
	Programs  []Series `json:"programs"`
	Container Series   `json:"container"` // all of its processes
	Throttled Numbers  `json:"throttled"` // the share of the time in which it was throttled
}

// Series is what a program used at each of these times.
type Series struct {
	Name   string  `json:"name"`   // full; "": entry-point itself, or the container
	CPU    Numbers `json:"cpu"`    // cores, on average since the time before
	Memory Numbers `json:"memory"` // bytes
}

// Numbers are null in JSON where nothing is known.
type Numbers []float32

// MarshalJSON is that of json.Marshaler: numbers with no more digits than they are worth.
func (n Numbers) MarshalJSON() ([]byte, error) {
	text := []byte{'['}
	for i, x := range n {
		if i > 0 {
			text = append(text, ',')
		}
		switch {
		case x != x:
			text = append(text, "null"...)
		case x >= 1000:
			text = strconv.AppendInt(text, int64(x), 10)
		default:
			text = strconv.AppendFloat(text, math.Round(float64(x)*1e4)/1e4, 'f', -1, 64)
		}
	}
	return append(text, ']'), nil
}

// Last are the samples of some programs (nil: of all), as at most points numbers: each is
// the average of those that it stands for, and its time is that of the last of them.
func (s *Samples) Last(names []string, points int) *Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	step := max(1, (len(s.times)+points-1)/max(1, points))
	a := &Answer{Times: []int64{}, Programs: []Series{}, Throttled: average(s.throttled, step, func(x float32) float32 { return x })}
	// Groups are counted from the newest sample on, so that a number changes once only.
	for i := first(len(s.times), step); i <= len(s.times); i += step {
		if i > 0 {
			a.Times = append(a.Times, s.times[i-1].Unix())
		}
	}
	add := func(name string) {
		if p := s.programs[name]; p != nil {
			a.Programs = append(a.Programs, p.last(name, step))
		}
	}
	if names == nil {
		for name := range s.programs {
			add(name)
		}
	}
	for _, name := range names {
		add(name)
	}
	a.Container = s.container.last("", step)
	return a
}

// Cores is how many processors each program used at the last sample, by full name, and the
// container ("" is entry-point itself); nothing where that is not known.
func (s *Samples) Cores() (programs map[string]float64, container float64, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	programs = map[string]float64{}
	for name, p := range s.programs {
		if x := p.points[len(p.points)-1].cores; x == x {
			programs[name] = float64(x)
		}
	}
	if n := len(s.container.points); n > 0 {
		x := s.container.points[n-1].cores
		container, known = float64(x), x == x
	}
	return programs, container, known
}

func (p *series) last(name string, step int) Series {
	return Series{
		name,
		average(p.points, step, func(x point) float32 { return x.cores }),
		average(p.points, step, func(x point) float32 { return x.memory }),
	}
}

// first is the end of the first group of step, where the last group ends at n.
func first(n, step int) int {
	if rest := n % step; rest > 0 {
		return rest
	}
	return min(step, n)
}

// average makes one number of each group of step.
func average[T any](list []T, step int, of func(T) float32) Numbers {
	numbers := Numbers{}
	for end, begin := first(len(list), step), 0; begin < len(list); begin, end = end, end+step {
		sum, n := float32(0), 0
		for _, x := range list[begin:end] {
			if v := of(x); v == v {
				sum += v
				n++
			}
		}
		if n == 0 {
			numbers = append(numbers, nan)
		} else {
			numbers = append(numbers, sum/float32(n))
		}
	}
	return numbers
}
