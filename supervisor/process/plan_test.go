package process

import (
	"reflect"
	"strings"
	"syscall"
	"testing"
)

func TestPlan(t *testing.T) {
	for _, p := range []plan{
		{argv: []string{"x"}},
		{
			status: 7, listen: 2, names: "a:b", file: "./x", argv: []string{"x", "", "a b\n"}, dir: "/d d",
			credential: &syscall.Credential{Uid: 1<<32 - 1, Gid: 3, Groups: []uint32{3, 0}},
			settings: Settings{
				Umask: ptr(0), NoFile: &syscall.Rlimit{Cur: 1, Max: 1<<64 - 1}, Core: &syscall.Rlimit{},
				Nice: ptr(-20), OOMScoreAdj: ptr(-1000), NoNewPrivs: true, Capabilities: &[]int{0, 40},
			},
		},
		{argv: []string{"x"}, credential: &syscall.Credential{NoSetGroups: true}, settings: Settings{Capabilities: &[]int{}}},
		{argv: []string{"x"}, credential: &syscall.Credential{}},
	} {
		got, ok := decode(p.encode())
		if !ok || !reflect.DeepEqual(got, p) {
			t.Errorf("got %+v, %v, want %+v", got, ok, p)
		}
	}
}

// FuzzPlan: whatever the arguments of a stage are, they are a plan that means
// the same when it is written again, or none.
func FuzzPlan(f *testing.F) {
	f.Add((&plan{argv: []string{"x"}, settings: Settings{NoFile: &syscall.Rlimit{Cur: 1, Max: 2}}}).encode()[1])
	f.Add("2 3 1 1 4294967295 0 ")
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := decode([]string{stageName, text, "dir", "names", "file", "argv"})
		if !ok {
			return
		}
		again, ok := decode(p.encode())
		if !ok || !reflect.DeepEqual(again, p) {
			t.Errorf("%q: %+v, again %+v %v", strings.TrimSpace(text), p, again, ok)
		}
	})
}
