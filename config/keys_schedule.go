package config

import (
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"entrypoint/config/directory"
	"entrypoint/config/nearest"
	"entrypoint/config/vocabulary"
)

// scheduleKeys are those of work that comes again. The table is never written.
var scheduleKeys = []programKey{
	{row{
		Name: "schedule", Type: vocabulary.Text,
		Help: "When the program runs: the five fields of crontab(5) (minute, hour, day of month, month, day of week), six with seconds first, or `@hourly`, `@daily`, `@every 90s`. " +
			"It then does not start with the container, and ends nothing when it fails.",
		Example: "schedule = 30 6 * * mon-fri",
	}, inProgram, forAll, setSchedule},
	{row{
		Name: "cron", Type: vocabulary.Text,
		Help:    "Another name of `schedule`, from the Go port of supervisord.",
		Example: "cron = @daily",
	}, inProgram, forAll, setSchedule},
	{row{
		Name: "schedule_timezone", Type: vocabulary.Text, Default: "(local time)",
		Help:    "The time zone of `schedule`. Other zones than UTC come from the package tzdata.",
		Example: "schedule = 30 6 * * *\nschedule_timezone = UTC",
	}, inProgram, forAll, setScheduleZone},
	{row{
		Name: "schedule_overlap", Type: vocabulary.Choice, Values: &overlapNames, Default: "skip",
		Help:    "What happens when the next time comes while the program still runs: `skip`: that run is left out; `queue`: it is done afterwards; `restart`: the running one is stopped and started anew.",
		Example: "schedule = @hourly\nschedule_overlap = queue",
	}, inProgram, forAll, setScheduleOverlap},
	{row{
		Name: "schedule_jitter", Type: vocabulary.Duration, Default: "(none)",
		Help:    "Each run begins up to that much later, by chance, so that replicas do not all start at once.",
		Example: "schedule = @daily\nschedule_jitter = 5m",
	}, inProgram, forAll, setScheduleJitter},
}

// Schedule is when a program runs.
type Schedule struct {
	Text    string // as written: five fields of crontab(5), or six with seconds first, or such as @hourly
	Zone    string // IANA name; "": local time
	Overlap Overlap
	Jitter  time.Duration // each run begins up to that much later

	next cron.Schedule
}

// Next is the first moment of the schedule after t; zero: there is none within
// five years.
func (s *Schedule) Next(t time.Time) time.Time { return s.next.Next(t) }

// Every is the time between two runs of "@every TIME", which is waited for whatever
// the time of day is; 0 for all other schedules.
func (s *Schedule) Every() time.Duration {
	if e, ok := s.next.(cron.ConstantDelaySchedule); ok {
		return e.Delay
	}
	return 0
}

// written is what the file says; nil for nil.
func (s *Schedule) written() *Schedule {
	if s == nil {
		return nil
	}
	text := *s
	text.next = nil // a time zone in it is another value in another half of the year
	return &text
}

// Overlap says what becomes of a run whose moment comes while the one before goes
// on.
type Overlap int

// The values of schedule_overlap=.
const (
	OverlapSkip    Overlap = iota // it is left out
	OverlapQueue                  // it begins when that one has ended; one at most waits
	OverlapRestart                // that one is stopped
)

// overlapNames are in the order of the constants. It is never written.
var overlapNames = []string{"skip", "queue", "restart"}

// schedule is what the keys say until they make a Schedule together.
type schedule struct {
	Schedule
	at setting // the key of Text
}

func setSchedule(b *build, k setting, t *text) error {
	b.schedule.Text, b.schedule.at = strings.TrimSpace(t.s), k
	if strings.HasPrefix(b.schedule.Text, "TZ=") || strings.HasPrefix(b.schedule.Text, "CRON_TZ=") {
		return errors.New("the time zone is said by schedule_timezone")
	}
	_, err := parseSchedule(b.schedule.Text)
	return err
}

func setScheduleZone(b *build, _ setting, t *text) error {
	b.schedule.Zone = strings.TrimSpace(t.s)
	if _, err := time.LoadLocation(b.schedule.Zone); err != nil {
		return noZone(b.schedule.Zone, zoneDirs[:])
	}
	return nil
}

// zoneDirs are where package time looks for time zones. It is never written.
var zoneDirs = [...]string{"/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"}

// noZone says why a time zone is not known: because none is here, or by its name.
func noZone(zone string, dirs []string) error {
	for _, dir := range dirs {
		var names []string
		for _, region := range []string{".", filepath.Dir(zone)} {
			entries, _ := directory.Names(filepath.Join(dir, region))
			for _, entry := range entries {
				names = append(names, filepath.Join(region, entry))
			}
		}
		if names == nil {
			continue
		}
		return absent(quoting("no time zone is named ", zone, " in ", dir, nearest.Hint(zone, names), "; they have names such as Europe/Berlin and UTC"))
	}
	return absent(quoting("the time zone ", zone, " is not known, because there are no time zones here: the package tzdata is missing; install it (a line tzdata in requirements_os.txt does), or use UTC"))
}

func setScheduleOverlap(b *build, _ setting, t *text) error {
	for o, name := range overlapNames {
		if strings.EqualFold(strings.TrimSpace(t.s), name) {
			b.schedule.Overlap = Overlap(o)
			return nil
		}
	}
	return invalid(t.s, "is none of "+strings.Join(overlapNames, ", "))
}

func setScheduleJitter(b *build, _ setting, t *text) (err error) {
	b.schedule.Jitter, err = parseDelay(t.s)
	return err
}

// parseSchedule reads a line of crontab(5) without its command.
func parseSchedule(s string) (cron.Schedule, error) {
	const fields = cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor
	parsed, err := cron.NewParser(fields).Parse(s)
	if err == nil && parsed.Next(time.Now()).IsZero() {
		err = errors.New("there is no such day")
	}
	if err != nil {
		return nil, invalid(s, "is no schedule such as \"*/5 * * * *\" (minute, hour, day of month, month, day of week) or @hourly: "+err.Error())
	}
	return parsed, nil
}

// completeSchedule makes a program with a schedule one that ends, and does not
// start with the container.
func (b *build) completeSchedule() {
	s := b.schedule
	if s.Text == "" {
		b.refuse("it needs a schedule", "schedule_timezone", "schedule_overlap", "schedule_jitter")
		return
	}
	if b.p.Pool != nil {
		return
	}
	if s.next, _ = parseSchedule(s.Text); s.next == nil {
		return // said already
	}
	if spec, ok := s.next.(*cron.SpecSchedule); ok && s.Zone != "" {
		spec.Location, _ = time.LoadLocation(s.Zone)
	}
	b.p.Schedule = &s.Schedule
	b.p.Oneshot = true
	if !b.explicit("autostart") {
		b.p.Autostart = false
	}
}
