package logline

import (
	"encoding/json"
	"testing"
	"time"
)

// TestLine: one line in each style, whatever the text holds.
func TestLine(t *testing.T) {
	from := Source{Program: "entry-point", Stream: "stderr", PID: 1, Prefix: "entry-point: "}
	now := time.Date(2026, 11, 30, 15, 4, 5, 678000, time.FixedZone("", 3600))
	fact := map[string]int{"exit_code": 3}
	for _, tt := range []struct {
		style   Style
		text    string
		verdict any
		want    string
	}{
		{Style{}, "web: started", nil, "entry-point: web: started\n"},
		{Style{}, "two\nlines\x1b[2J", nil, `entry-point: two\x0alines\x1b[2J` + "\n"},
		{Style{}, "web: ended", fact, "entry-point: web: ended\n"},
		{Style{Times: true}, "web: started", nil, "2026-11-30T14:04:05.000678Z entry-point: web: started\n"},
		{Style{JSON: true}, `a "quoted" <b>`, nil, `{"time":"2026-11-30T14:04:05.000678Z","program":"entry-point","stream":"stderr","pid":1,"message":"a \"quoted\" <b>"}` + "\n"},
		{Style{JSON: true, Times: true}, "web: ended", fact, `{"time":"2026-11-30T14:04:05.000678Z","program":"entry-point","stream":"stderr","pid":1,"message":"web: ended","verdict":{"exit_code":3}}` + "\n"},
		{Style{JSON: true}, "no form for it", make(chan int), `{"time":"2026-11-30T14:04:05.000678Z","program":"entry-point","stream":"stderr","pid":1,"message":"no form for it"}` + "\n"},
	} {
		got := tt.style.Line(from, tt.text, now, tt.verdict)
		if got != tt.want {
			t.Errorf("%+v, %q:\n%s%s", tt.style, tt.text, got, tt.want)
		}
		if tt.style.JSON && !json.Valid([]byte(got)) {
			t.Errorf("not JSON: %s", got)
		}
	}
}
