package config

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

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
var overlapNames = [...]string{"skip", "queue", "restart"}

// schedule is what the keys say until they make a Schedule together.
type schedule struct {
	Schedule
	at setting // the key of Text
}

func setSchedule(b *build, k setting, t text) error {
	b.schedule.Text, b.schedule.at = strings.TrimSpace(t.s), k
	if strings.HasPrefix(b.schedule.Text, "TZ=") || strings.HasPrefix(b.schedule.Text, "CRON_TZ=") {
		return errors.New("the time zone is said by schedule_timezone")
	}
	_, err := parseSchedule(b.schedule.Text)
	return err
}

func setScheduleZone(b *build, _ setting, t text) error {
	b.schedule.Zone = strings.TrimSpace(t.s)
	if _, err := time.LoadLocation(b.schedule.Zone); err != nil {
		return errors.New("no time zone is named " + strconv.Quote(b.schedule.Zone) + " here, such as Europe/Berlin; an image without tzdata knows UTC only")
	}
	return nil
}

func setScheduleOverlap(b *build, _ setting, t text) error {
	for o, name := range overlapNames {
		if strings.EqualFold(strings.TrimSpace(t.s), name) {
			b.schedule.Overlap = Overlap(o)
			return nil
		}
	}
	return errors.New(strconv.Quote(t.s) + " is none of " + strings.Join(overlapNames[:], ", "))
}

func setScheduleJitter(b *build, _ setting, t text) (err error) {
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
		return nil, errors.New(strconv.Quote(s) + " is no schedule such as \"*/5 * * * *\" (minute, hour, day of month, month, day of week) or @hourly: " + err.Error())
	}
	return parsed, nil
}

// completeSchedule makes a program with a schedule one that ends, and does not
// start with the container.
func (b *build) completeSchedule() {
	s := b.schedule
	if s.Text == "" {
		for _, key := range [...]string{"schedule_timezone", "schedule_overlap", "schedule_jitter"} {
			if k, ok := b.lookup(key); ok && !k.Inherited {
				b.fail(k, "it needs a schedule")
			}
		}
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
