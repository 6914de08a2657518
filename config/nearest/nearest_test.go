package nearest

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	names := []string{"autostart", "autorestart", "startsecs", "stopsignal", "user"}
	for in, want := range map[string]string{
		"autostar": "autostart", "autorestrat": "autorestart", "start_secs": "startsecs", "stopsginal": "stopsignal",
		"usr": "user", "xyz": "", "": "", strings.Repeat("a", 1000): "",
	} {
		if got := Name(in, names); got != want {
			t.Errorf("%.20q: got %q, want %q", in, got, want)
		}
	}
}
