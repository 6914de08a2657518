package program

import (
	"syscall"
	"testing"
	"time"
)

// TestLadderGroup: a rung of the stop ladder may be for the whole group, while
// the ones before it are for the main process alone.
func TestLadderGroup(t *testing.T) {
	c := policy()
	c.StopSignals[1].Group = true
	p, action := Step(Program{Config: c, State: Running, PID: 7, Group: 7}, t0, Event{Kind: Stop})
	if want := (Action{Signal, syscall.SIGQUIT}); action != want {
		t.Errorf("the first rung: %v, want %v", action, want)
	}
	_, action = Step(p, t0.Add(4*time.Second), Event{Kind: Tick})
	if want := (Action{SignalGroup, syscall.SIGTERM}); action != want {
		t.Errorf("the second rung: %v, want %v", action, want)
	}
}
