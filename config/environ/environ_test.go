package environ

import "testing"

// TestLookup: the last one counts, and a name is compared whole.
func TestLookup(t *testing.T) {
	env := []string{"A=1", "AB=2", "A=3=4", "EMPTY=", "NONE"}
	for name, want := range map[string]string{"A": "3=4", "AB": "2", "EMPTY": "", "NONE": "?", "B": "?", "E": "?"} {
		got, found := Lookup(env, name)
		if !found {
			got = "?"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
