package skip

import "testing"

// recorder is a test that notes how it would have ended.
type recorder struct {
	testing.TB
	got string
}

func (r *recorder) Helper()           {}
func (r *recorder) Fatal(args ...any) { r.got = "fatal: " + args[0].(string) }
func (r *recorder) Skip(args ...any)  { r.got = "skip: " + args[0].(string) }

func TestUnless(t *testing.T) {
	for _, tt := range []struct {
		ci   string
		ok   bool
		want string
	}{
		{"", true, ""},
		{"true", true, ""},
		{"", false, "skip: skipped: needs luck"},
		{"true", false, "fatal: missing: luck"},
	} {
		t.Setenv("CI", tt.ci)
		r := &recorder{TB: t}
		if Unless(r, tt.ok, "luck"); r.got != tt.want {
			t.Errorf("CI=%q, %v: %q, want %q", tt.ci, tt.ok, r.got, tt.want)
		}
	}
}
