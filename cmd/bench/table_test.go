package main

import (
	"math"
	"strings"
	"testing"
)

func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		s    sample
		q    float64
		want float64
	}{
		{nil, 0.5, 0},
		{sample{7}, 0.9, 7},
		{sample{3, 1, 2}, 0.5, 2},
		{sample{4, 1, 2, 3}, 0.5, 2.5},
		{sample{4, 1, 2, 3}, 0, 1},
		{sample{4, 1, 2, 3}, 1, 4},
		{sample{0, 10}, 0.1, 1},
	} {
		if got := c.s.quantile(c.q); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("quantile %v of %v = %v, want %v", c.q, c.s, got, c.want)
		}
	}
}

func TestOverlaps(t *testing.T) {
	low, middle, high := sample{1, 2, 3}, sample{2, 3, 4}, sample{7, 8, 9}
	if !low.overlaps(middle) || !middle.overlaps(low) {
		t.Error("1-3 and 2-4 overlap")
	}
	if low.overlaps(high) || high.overlaps(low) {
		t.Error("1-3 and 7-9 do not overlap")
	}
}

func TestVerdicts(t *testing.T) {
	ms := func(v ...float64) sample {
		for i := range v {
			v[i] *= 1e6
		}
		return v
	}
	for _, c := range []struct {
		name string
		row  row
		want row
	}{
		{
			"equal is met",
			metric{"m", milliseconds, ms(2)}.atMost(1, "peer", ms(2), ""),
			row{"m", "2.00 ms", "peer 2.00 ms", "1.00", "<= 1x", "met"},
		},
		{
			"missed", metric{"m", milliseconds, ms(3)}.atMost(0.5, "peer", ms(4), " (stretch)"),
			row{"m", "3.00 ms", "peer 4.00 ms", "0.75", "<= 0.5x (stretch)", "missed by 50%"},
		},
		{
			"missed by a hair",
			metric{"m", milliseconds, ms(1, 2.01, 3)}.atMost(1, "peer", ms(1, 2, 3), ""),
			row{"m", "2.01 ms (1.20-2.80)", "peer 2.00 ms (1.20-2.80)", "1.00", "<= 1x", "missed by 1%, within the spread"},
		},
		{
			"a rate, met", metric{"m", perSecond, sample{4 << 20}}.atLeast(4, "peer", sample{1 << 20}),
			row{"m", "4 MB/s", "peer 1 MB/s", "4.00", ">= 4x", "met"},
		},
		{
			"a rate, missed", metric{"m", perSecond, sample{3 << 20}}.atLeast(1, "peer", sample{4 << 20}),
			row{"m", "3 MB/s", "peer 4 MB/s", "0.75", ">= 1x", "missed by 25%"},
		},
		{
			"a rate, missed by a hair",
			metric{"m", perSecond, sample{1 << 20, 3 << 20, 5 << 20}}.atLeast(1, "peer", sample{2 << 20, 4 << 20, 6 << 20}),
			row{"m", "3 MB/s (1-5)", "peer 4 MB/s (2-6)", "0.75", ">= 1x", "missed by 25%, within the spread"},
		},
		{
			"fixed limit", metric{"m", megabytes, sample{3 << 20}}.below(2 << 20),
			row{"m", "3.00 MB", "", "", "<= 2.00 MB", "missed by 50%"},
		},
		{
			"limit zero, missed", metric{"m", pieces, sample{3}}.below(0),
			row{"m", "3", "", "", "<= 0", "missed by 3"},
		},
		{
			"limit zero, met", metric{"m", pieces, sample{0}}.below(0),
			row{"m", "0", "", "", "<= 0", "met"},
		},
		{
			"no ratio to nothing", metric{"m", pieces, sample{3}}.against("peer", sample{0}),
			row{"m", "3", "peer 0", "", "", ""},
		},
	} {
		if c.row != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, c.row, c.want)
		}
	}
}

func TestWrite(t *testing.T) {
	var out strings.Builder
	err := write(&out, []row{
		{"start", "1 ms", "tini 1 ms", "1.00", "<= 1x", "met"},
		{metric: "start", ours: "1 ms", peer: "catatonit: not installed"},
	})
	want := "" +
		"METRIC  OURS  PEER                      RATIO  BAR    VERDICT\n" +
		"start   1 ms  tini 1 ms                 1.00   <= 1x  met\n" +
		"              catatonit: not installed                \n"
	if got := out.String(); err != nil || got != want {
		t.Errorf("%v\ngot\n%s\nwant\n%s", err, got, want)
	}
}

// TestBefore: an earlier build has one bar, whatever bar the peers of a benchmark have,
// and takes their place.
func TestBefore(t *testing.T) {
	c, m := &contestant{name: before}, metric{"m", pieces, sample{102}}
	want := row{"m", "102", "before 100", "1.02", "<= 1.03x", "met"}
	r := results{c: sample{100}}
	for name, got := range map[string]row{"held": m.holdTo(0.5, c, r, " (stretch)"), "informed": m.inform(c, r), "fastest": m.holdToFastest(0.5, []*contestant{c}, r)[0]} {
		if got != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	g := &rig{before: "/an/earlier", bin: "/ours", dir: t.TempDir()}
	ours, peers, err := g.supervisors(equal(1, "true", ""))
	if err != nil || len(peers) != 1 || peers[0].argv[0] != "/an/earlier" || ours.argv[0] != "/ours" || peers[0].argv[2] != ours.argv[2] {
		t.Errorf("%v: %+v beside %+v", err, peers, ours)
	}
}
