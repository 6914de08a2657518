package page

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/measure"
	"entrypoint/supervisor/gateway/route"
)

// shownEvents is how many of the last events the page has.
const shownEvents = 40

// view is what the page shows.
type view struct {
	Info      *control.Info
	Health    *control.Health
	Container *measure.Container
	CPU       string // of the container: how much, of how much; "": not known
	CPUShare  int    // the same in percent of what it may have
	All       []*row // every program, the sick ones first
	Rows      []*row // those that are to be shown
	Sections  []*section
	Own       *control.Usage // of entry-point itself
	Events    []*control.Event
	Open      *opened // the program that is shown beside the list; nil: none
	Message   string
	Confirm   *order // an action that is asked for by GET
	May       bool   // who looks may act, and read logs
	Signals   []string
}

// section is a part of the list with its rows.
type section struct {
	ID    string // of the element
	Group string // full name of a group with several programs; "": none
	Rows  []*row
}

// Ready is how many of the section's programs are well.
func (s *section) Ready() (n int) {
	for _, r := range s.Rows {
		if !r.Sick() {
			n++
		}
	}
	return n
}

// row is one program.
type row struct {
	*control.Program
	Usage *control.Usage
	CPU   string // how much of a processor; "": not known
	May   bool   // who looks may act upon it
}

// The ranks of rows, the sick ones first.
const (
	rankFailed = iota
	rankFailing
	rankUnready
	rankBusy
	rankEnded
	rankOften    // up, and it ends badly again and again
	rankFlapping // up, and it was started again within the hour
	rankWell
	rankIdle
)

// often is how many restarts within the hour are no accident any more.
const often = 3

// Rank is where a program stands in the order of need.
func (r *row) Rank() int {
	switch r.State {
	case "FATAL", "UNKNOWN":
		return rankFailed
	case "BACKOFF":
		return rankFailing
	case "STARTING", "STOPPING":
		return rankBusy
	case "RUNNING":
		switch {
		case !r.Ready:
			return rankUnready
		case r.Recent >= often && r.Verdict != "":
			return rankOften
		case r.Recent > 0:
			return rankFlapping
		}
		return rankWell
	case "STOPPED":
		if r.Waiting != "" && r.Waiting != control.WaitsContainer {
			return rankBusy
		}
	case "EXITED":
		if !r.Done && r.Verdict != "" {
			return rankEnded
		}
	}
	return rankIdle
}

// Sick says whether somebody has to look at it.
func (r *row) Sick() bool { return r.Rank() <= rankOften }

// Word is the state for people.
func (r *row) Word() string {
	switch {
	case r.State == "RUNNING" && !r.Ready:
		return "not ready"
	case r.Rank() == rankOften:
		return "restarting"
	case r.State == "STOPPED" && r.Waiting != "":
		return "waiting"
	case r.State == "FATAL":
		return "given up"
	case r.State == "BACKOFF":
		return "failing"
	case r.Done:
		return "done"
	case r.State == "EXITED":
		return "ended"
	}
	return strings.ToLower(r.State)
}

// Short is why it is so, where that is worth a place in the list.
func (r *row) Short() string {
	switch {
	case r.Rank() == rankWell || r.Rank() == rankFlapping:
		return r.Profile
	case r.Rank() == rankOften:
		return strconv.Itoa(r.Recent) + " times in the last hour: " + strings.TrimPrefix(r.Verdict, r.FullName+": ")
	case r.Verdict != "" && r.Sick() && r.State != "RUNNING":
		return strings.TrimPrefix(r.Verdict, r.FullName+": ")
	}
	now := r.Reason
	if r.scheduled() {
		now = "next run in " + lasting(time.Until(r.NextStart))
	}
	return join(now, r.Last())
}

// scheduled says whether it is at rest until its next run.
func (r *row) scheduled() bool {
	return !r.NextStart.IsZero() && slices.Contains([]string{"STOPPED", "EXITED", "FATAL"}, r.State)
}

// Last is how its last process has ended, where that tells something about how it is now.
func (r *row) Last() string {
	switch {
	case r.LastEnd == "", r.State == "STOPPING", r.Waiting != "", r.State == "STARTING" && !r.NextStart.IsZero():
		return ""
	case r.State == "RUNNING", r.State == "STARTING", r.scheduled():
		return "last end: " + r.LastEnd
	}
	return r.LastEnd
}

// join puts two parts of a sentence together, each of which may be missing.
func join(a, b string) string {
	if a != "" && b != "" {
		a += "; "
	}
	return a + b
}

// Cause is why it does not do what it should; "": it does, or Last says it already.
func (r *row) Cause() string {
	text := strings.TrimPrefix(r.Verdict, r.FullName+": ")
	if !r.Sick() || strings.Contains(r.Last(), text) {
		return ""
	}
	return text
}

// Prefix is what stands before its name in its full name, such as "workers:".
func (r *row) Prefix() string { return strings.TrimSuffix(r.FullName, r.Name) }

// ID is the program's place in the page.
func (r *row) ID() string { return "program-" + url.PathEscape(r.FullName) }

// CanStart and CanStop say what makes sense in this state.
func (r *row) CanStart() bool { return !r.CanStop() }

func (r *row) CanStop() bool {
	return slices.Contains([]string{"STARTING", "RUNNING", "BACKOFF"}, r.State)
}

// Since is when the process was started that runs, or when the last one has ended; zero:
// there was none.
func (r *row) Since() time.Time {
	if r.PID == 0 {
		return r.Ended
	}
	return r.Started
}

var signals = [...]string{"HUP", "USR1", "USR2", "INT", "QUIT", "TERM", "WINCH", "KILL"}

// answerTime is how long entry-point may take to say how things are.
const answerTime = 5 * time.Second

// look asks for all that the page shows, and for more about one program, if one is named.
// What programs use is in the last sample; of a program that is looked at it is measured.
func (p *page) look(ctx context.Context, program string) (*view, error) {
	ctx, cancel := ask.Within(ctx, answerTime)
	defer cancel()
	asked, sampled := cheap, p.samples.Newest()
	if sampled == nil || program != "" {
		asked, sampled = shown, nil
	}
	seen, err := ask.Look(ctx, p.asker, asked...)
	if err != nil {
		return nil, err
	}
	if sampled != nil {
		seen.Usage = sampled
	}
	if seen.Info == nil || seen.Health == nil {
		return nil, errors.New("it does not say how it is")
	}
	v := &view{
		Info: seen.Info, Health: seen.Health, Own: seen.Usage[""], Signals: signals[:], Container: measure.Read(),
		May: route.Of(ctx) == route.Operator,
	}
	used, all, known := p.samples.Cores()
	for _, p := range seen.Programs {
		r := &row{Program: p, Usage: seen.Usage[p.FullName], May: v.May}
		if r.Usage != nil && r.Usage.PID != r.PID { // of the process before
			r.Usage = nil
		}
		if n, is := used[p.FullName]; is && r.PID != 0 {
			r.CPU = cores(n)
		}
		v.All = append(v.All, r)
	}
	slices.SortStableFunc(v.All, func(a, b *row) int { return cmp.Compare(min(a.Rank(), rankFlapping), min(b.Rank(), rankFlapping)) })
	v.measureCPU(all, known)
	v.only(nil)
	v.Events = slices.Clone(seen.Events[max(0, len(seen.Events)-shownEvents):])
	slices.Reverse(v.Events)
	if program != "" {
		v.Open = p.open(ctx, v, program, seen.Events)
	}
	return v, nil
}

// measureCPU says how much of its processors the container uses.
func (v *view) measureCPU(used float64, known bool) {
	c := v.Container.CPU
	if c == nil || !known {
		return
	}
	limit, what := c.Cores, " cores"
	if limit <= 0 {
		limit = float64(c.Machine)
	}
	v.CPU = strconv.FormatFloat(used, 'f', 2, 64) + " of " + strconv.FormatFloat(limit, 'f', -1, 64) + what
	v.CPUShare = min(100, int(100*used/limit))
}

// only shows the programs with these full names; nil: all.
func (v *view) only(names []string) {
	v.Rows, v.Sections = v.All, nil
	if names != nil {
		v.Rows = slices.DeleteFunc(slices.Clone(v.All), func(r *row) bool { return !slices.Contains(names, r.FullName) })
	}
	size := map[string]int{}
	for _, r := range v.All {
		size[r.Group]++
	}
	sections := map[string]*section{}
	for _, r := range v.Rows {
		id, group := "alone", ""
		switch {
		case r.Sick():
			id = "sick"
		case size[r.Group] > 1:
			id, group = "group-"+url.PathEscape(r.Group), r.Group
		}
		s := sections[id]
		if s == nil {
			s = &section{ID: id, Group: group}
			sections[id] = s
			v.Sections = append(v.Sections, s)
		}
		s.Rows = append(s.Rows, r)
	}
	place := func(s *section) int { return slices.Index([]string{"sick", "alone"}, s.ID) + 2*min(1, len(s.Group)) }
	slices.SortStableFunc(v.Sections, func(a, b *section) int { return cmp.Compare(place(a), place(b)) })
}

// Many says whether the list needs more than one column.
func (v *view) Many() bool { return len(v.All) > 24 && !v.Crowd() }

// Crowd says whether it is so long that columns beside each other would not help.
func (v *view) Crowd() bool { return len(v.All) > 200 }

// Mood is how the container is, in one word: good, warn or bad.
func (v *view) Mood() string {
	mood := "good"
	for _, r := range v.All {
		switch {
		case r.Rank() <= rankFailing, r.Rank() == rankEnded:
			return "bad"
		case r.Sick():
			mood = "warn"
		}
	}
	if v.Health.Stopping || !v.Health.Ready {
		mood = "warn"
	}
	return mood
}

// Summary is how the programs are, in words, such as "58 of 60 ready, 1 given up".
func (v *view) Summary() string {
	if len(v.All) == 0 {
		return "no programs"
	}
	ready, words, counts := 0, []string(nil), map[string]int{}
	for _, r := range v.All {
		switch r.Rank() {
		case rankWell, rankFlapping:
			ready++
			continue
		case rankOften: // it is ready as well, at the moment
			ready++
		}
		word := r.Word()
		if counts[word]++; counts[word] == 1 {
			words = append(words, word)
		}
	}
	text := strconv.Itoa(ready) + " of " + strconv.Itoa(len(v.All)) + " ready"
	if ready == len(v.All) {
		text = "all " + text[strings.Index(text, "of ")+3:]
		if ready == 1 {
			text = "ready"
		}
	}
	for _, word := range words {
		text += ", " + strconv.Itoa(counts[word]) + " " + word
	}
	if v.Health.Stopping {
		text = "the container is stopping: " + text
	}
	return text
}

// Title is what a tab shows first.
func (v *view) Title() string {
	sign := map[string]string{"good": "✓", "warn": "…", "bad": "✕"}[v.Mood()]
	return sign + " " + v.Summary() + " – " + v.Name()
}

// Name is what the container is called.
func (v *view) Name() string {
	if v.Info.Identifier == "" || v.Info.Identifier == "supervisor" {
		return v.Container.Host
	}
	return v.Info.Identifier
}

// MemoryShare is the container's memory in percent of its limit; 0: there is none.
func (v *view) MemoryShare() int {
	m := v.Container.Memory
	if m == nil || m.Limit == 0 {
		return 0
	}
	return int(min(100, 100*m.Usage/m.Limit))
}

// Throttled is the share of the periods of its quota in which the container was throttled,
// in percent; 0: in none, or there is no quota.
func (v *view) Throttled() int {
	c := v.Container.CPU
	if c == nil || c.Periods <= 0 {
		return 0
	}
	return int(100 * c.Throttled / c.Periods)
}

// step is one of the start.
type step struct{ control.Step }

// Failed says whether it has failed.
func (s step) Failed() bool { return strings.HasPrefix(s.Result, "failed") }

// Steps are those of this start.
func (v *view) Steps() (list []step) {
	for _, s := range v.Info.Setup {
		list = append(list, step{s})
	}
	return list
}

// SetupFailed says whether a step of this start has failed.
func (v *view) SetupFailed() bool {
	return slices.ContainsFunc(v.Steps(), step.Failed)
}

// Last is the newest event that is shown; nil: nothing has happened.
func (v *view) Last() *control.Event {
	if len(v.Events) == 0 {
		return nil
	}
	return v.Events[0]
}

// After is the id of the newest event that is shown, as the API has it.
func (v *view) After() int64 {
	if len(v.Events) == 0 {
		return 0
	}
	return v.Events[0].Time.UnixNano()
}
