package control

import "testing"

func TestNumber(t *testing.T) {
	for version, want := range map[string]string{
		"v1.2.3": "1.2.3", "1.2.3": "1.2.3", "v1.2.3-4-gabcdef0-dirty": "1.2.3", "1.10": "1.10", "v2.0.0+build": "2.0.0",
		"dev": "0.0.0", "unknown": "0.0.0", "57dd419": "0.0.0", "123456789012": "0.0.0", "abcdef0-dirty": "0.0.0", "": "0.0.0", "1.": "0.0.0",
	} {
		if got := Number(version); got != want {
			t.Errorf("%q: %q, want %q", version, got, want)
		}
	}
}
