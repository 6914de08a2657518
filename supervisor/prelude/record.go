package prelude

import (
	"sync"
	"time"

	"entrypoint/supervisor/control"
)

// Record is what the steps of this start have done, for those who ask. Its methods may be
// called from any goroutine: the steps that make the environment run beside the loop when
// the configuration is read again.
type Record struct {
	mu      sync.Mutex
	steps   []control.Step
	running string // the step that runs; "": none
	since   time.Time
}

// Set notes how a step has ended. A step that is there already has a new result then.
func (r *Record) Set(name, result string, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	step := control.Step{Name: name, Result: result, Seconds: took.Seconds()}
	for i := range r.steps {
		if r.steps[i].Name == name {
			r.steps[i] = step
			return
		}
	}
	r.steps = append(r.steps, step)
}

// Running is the result of the step that runs.
const Running = "running"

// Steps are the steps so far, in their order; the one that runs is the last, with the
// result Running.
func (r *Record) Steps() []control.Step {
	r.mu.Lock()
	defer r.mu.Unlock()
	steps := []control.Step{}
	for _, step := range r.steps {
		if step.Name != r.running {
			steps = append(steps, step)
		}
	}
	if r.running != "" {
		steps = append(steps, control.Step{Name: r.running, Result: Running, Seconds: time.Since(r.since).Seconds()})
	}
	return steps
}

func (r *Record) begin(name string, now time.Time) {
	r.mu.Lock()
	r.running, r.since = name, now
	r.mu.Unlock()
}
