//go:build amd64 || arm64

package signals

import (
	"runtime"
	"testing"
)

// TestUnexpected: what the runtime makes of its signals now is known here, and each
// difference that our handlers could not live with is seen.
func TestUnexpected(t *testing.T) {
	good := runtimeAction()
	if err := unexpected(good); err != nil {
		t.Errorf("%s: %v: %+v", runtime.Version(), err, good)
	}
	for what, change := range map[string]func(*action){
		"no handler":           func(a *action) { a.handler = 0 },
		"ignored":              func(a *action) { a.handler = ignored },
		"no alternate stack":   func(a *action) { a.flags &^= onStack },
		"no siginfo":           func(a *action) { a.flags &^= sigInfo },
		"no restart":           func(a *action) { a.flags &^= restart },
		"the handler is reset": func(a *action) { a.flags |= 0x80000000 },
		"another restorer":     func(a *action) { a.flags ^= hasRestorer },
	} {
		wrong := good
		change(&wrong)
		if unexpected(wrong) == nil {
			t.Errorf("%s: taken for good", what)
		}
	}
}
