package supervisor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/program"
)

// scheduled is the program of a configuration file with these keys; the world
// starts at midnight.
func scheduled(t *testing.T, keys string) *config.Program {
	t.Helper()
	file := filepath.Join(t.TempDir(), "app.conf")
	if err := os.WriteFile(file, []byte("[program:report]\ncommand = report\nschedule_timezone = UTC\n"+keys), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(&config.Options{File: file})
	if err != nil {
		t.Fatal(err)
	}
	return c.Programs[0]
}

// TestSchedule: runs at its times, and nothing of what becomes of a run ends the
// container.
func TestSchedule(t *testing.T) {
	for name, c := range map[string]struct {
		keys   string
		took   time.Duration
		code   int
		until  time.Duration
		events []string
		said   string // of the run that is due; "": nothing
	}{
		"three times": {
			"schedule = */5 * * * *\n", time.Second, 0, 16 * time.Minute,
			[]string{"5m0s start report", "10m0s start report", "15m0s start report"},
			"",
		},
		"fails": {
			"schedule = */5 * * * *\n", time.Second, 3, 11 * time.Minute,
			[]string{"5m0s start report", "10m0s start report"},
			"",
		},
		"at the start, too": {
			"schedule = */5 * * * *\nautostart = true\n", time.Second, 0, 6 * time.Minute,
			[]string{"0s start report", "5m0s start report"},
			"",
		},
		"too long: skip": {
			"schedule = * * * * *\n", 90 * time.Second, 0, 270 * time.Second,
			[]string{"1m0s start report", "3m0s start report"},
			"report: runs still, so this run is left out",
		},
		"too long: queue": {
			"schedule = * * * * *\nschedule_overlap = queue\n", 70 * time.Second, 0, 4 * time.Minute,
			[]string{"1m0s start report", "2m10s start report", "3m20s start report"},
			"report: runs still, so the next run begins after it",
		},
		"too long: restart": {
			"schedule = * * * * *\nschedule_overlap = restart\n", 90 * time.Second, 0, 150 * time.Second,
			[]string{"1m0s start report", "2m0s report TERM", "2m0.1s start report", "2m30s report TERM"},
			"started anew",
		},
		"every": { // the time of a run is no part of the pause, nor is what is left of a second
			"schedule = @every 90s\n", time.Second, 0, 5 * time.Minute,
			[]string{"1m30s start report", "3m0s start report", "4m30s start report"},
			"",
		},
		"seconds": {
			"cron = */20 * * * * *\n", time.Second, 0, 50 * time.Second,
			[]string{"20s start report", "40s start report"},
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			code, events, log := scenario{
				programs: []*config.Program{scheduled(t, c.keys)},
				behave:   ends(map[string]time.Duration{"report": c.took}, map[string]int{"report": c.code}),
				outside:  stopAfter(c.until),
			}.run(t)
			// A run may be cut short by the end.
			if last := len(events) - 1; last >= len(c.events) && strings.HasSuffix(events[last], "report TERM") {
				events = events[:last]
			}
			want(t, events, c.events...)
			for _, end := range log.became("report", program.Exited) {
				if end.After.Code != c.code {
					t.Errorf("ended with %d, want %d", end.After.Code, c.code)
				}
			}
			if code != 0 || c.said != "" && log.remarks(c.said) == 0 {
				t.Errorf("exit code %d; log:\n%s", code, log)
			}
		})
	}
}

// TestScheduleJitter: runs begin up to that much later, and not at one moment.
func TestScheduleJitter(t *testing.T) {
	_, events, _ := scenario{
		programs: []*config.Program{scheduled(t, "schedule = 0 * * * *\nschedule_jitter = 10m\n")},
		behave:   ends(map[string]time.Duration{"report": time.Second}, nil),
		outside:  stopAfter(21 * time.Hour),
	}.run(t)
	var late []time.Duration
	for _, e := range events {
		at, _, _ := strings.Cut(e, " ")
		d, err := time.ParseDuration(at)
		if err != nil {
			t.Fatal(err)
		}
		late = append(late, d%time.Hour)
	}
	if len(late) < 20 || slices.Max(late) > 10*time.Minute || // as it is noted, rounded
		slices.Max(late)-slices.Min(late) < time.Minute {
		t.Errorf("late by %v", late)
	}
}

// TestScheduleLines: the log has one line for each run, which says how it has ended.
func TestScheduleLines(t *testing.T) {
	_, _, log := scenario{
		programs: []*config.Program{scheduled(t, "schedule = @every 90s\n")},
		behave:   ends(map[string]time.Duration{"report": 2 * time.Second}, map[string]int{"report": 3}),
		outside:  stopAfter(5 * time.Minute),
	}.run(t)
	line := "report: ended: exit code 3 after 2s"
	if got := strings.Split(log.String(), "\n"); !slices.Equal(got[:max(0, len(got)-2)], []string{line, line, line}) {
		t.Errorf("the log has\n%s\nwant three times %q, and two lines of the stop", log, line)
	}
}

// TestScheduledRuns are starts and no restarts, which people have alerts on.
func TestScheduledRuns(t *testing.T) {
	for _, c := range []struct {
		config   *config.Program
		restarts int
	}{{scheduled(t, "schedule = @hourly\n"), 0}, {named("web"), 2}} {
		s := New(&config.Config{Programs: []*config.Program{c.config}}, Options{Table: newWorld(t), Output: &screen{}})
		u := s.units[0]
		u.starts = 3
		shown := (&desk{s}).shown(u)
		if p := s.about.desk.Snapshot(shown, time.Now()); p.Starts != 3 || p.Restarts != c.restarts {
			t.Errorf("%s: %d starts, %d restarts, want 3 and %d", c.config.Name, p.Starts, p.Restarts, c.restarts)
		}
	}
}
