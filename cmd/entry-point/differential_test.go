package main_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"entrypoint/supervisor/skip"
)

// Differential tests: the same configuration file runs under the real supervisord
// and under entry-point, each as PID 1, and the same things are done to both.
// testdata/differential holds a NAME.conf for each scenario, with what is done in
// its ";!" lines (see scenario.do), and in NAME.want what supervisord made of it:
// the events, what is in the log files, the exit code.
//
// "go test -run Differential/.*/supervisord -update" writes the NAME.want files.

var update = flag.Bool("update", false, "write what supervisord does to testdata/differential")

// difference is something that entry-point does otherwise on purpose.
type difference struct {
	want   string // lines of what supervisord does
	ours   string // in their place
	reason string
}

// onPurpose are the differences, by scenario. It is never written.
var onPurpose = map[string][]difference{
	"no-directory": {{
		"== lost.err\n" + strings.Repeat("supervisor: couldn't chdir to /no/such/directory: ENOENT\nsupervisor: child process was not spawned\n", 2),
		"== lost.err\n",
		"a start that fails is in entry-point's own log: there is no process that could print",
	}},
	"stop-timeout": {{
		"exit code 0\n", "exit code 137\n",
		"a stop that needed SIGKILL is none that ended in time",
	}},
	"log-events": {{
		"unicode on stdout\né 日本\\n\n", `unicode on stdout
\\u00e9 \\u65e5\\u672c\n
`,
		"payloads are ASCII, see supervisor/events",
	}},
	"not-found": {{
		"exit code 0\n", "exit code 0\n== absolute.err\n",
		"a program's log files are opened before its command is looked for",
	}},
	"startsecs-zero": {{
		"STARTING from_state:EXITED tries:0\nRUNNING from_state:STARTING pid:N\nSTOPPING",
		"BACKOFF from_state:EXITED tries:0\nSTARTING from_state:BACKOFF tries:0\nRUNNING from_state:STARTING pid:N\nSTOPPING",
		"a program that ends again and again waits longer from one start to the next",
	}},
	"autologs": {{
		"== automatic-stderr---supervisor-RANDOM.log\nerr\n== automatic-stdout---supervisor-RANDOM.log\nout\n", "",
		"without a name of a file output goes to the container's",
	}},
}

// atATime is how many scenarios run at a time: they wait, mostly for supervisord's
// seconds, so more than there are processors.
const atATime = 10

func TestDifferential(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/differential/*.conf")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d scenarios (%v)", len(files), err)
	}
	var all sync.WaitGroup
	places := make(chan struct{}, atATime)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".conf")
		if name == "common" {
			continue
		}
		s := readScenario(t, name)
		for supervisor, run := range map[string]func(*testing.T){"supervisord": s.supervisord, "entry-point": s.entryPoint} {
			// t.Parallel would allow as many as there are processors.
			all.Go(func() {
				places <- struct{}{}
				t.Run(name+"/"+supervisor, run)
				<-places
			})
		}
	}
	all.Wait()
}

// supervisord checks, or writes, what is wanted.
func (s *scenario) supervisord(t *testing.T) {
	_, err := os.Stat("/usr/bin/supervisord")
	skip.Unless(t, err == nil, "Debian's supervisor")
	got := s.run(t, "/usr/bin/supervisord", "-c")
	if *update {
		if err := os.WriteFile(s.wantFile(), []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	compare(t, s.want(t), got)
}

func (s *scenario) entryPoint(t *testing.T) {
	want := s.want(t)
	for _, d := range onPurpose[s.name] {
		if strings.Count(want, d.want) != 1 {
			t.Fatalf("what is different because %s is not in %s", d.reason, s.wantFile())
		}
		want = strings.Replace(want, d.want, d.ours, 1)
	}
	compare(t, want, s.run(t, binary, "-c"))
}

// compare shows the sections that differ.
func compare(t *testing.T, want, got string) {
	t.Helper()
	if want == got {
		return
	}
	wanted, was := sections(want), sections(got)
	for name, text := range wanted {
		if other, ok := was[name]; !ok {
			t.Errorf("%s\nis missing, want\n%s", name, text)
		} else if other != text {
			t.Errorf("%s\n%s\nwant\n%s", name, other, text)
		}
	}
	for name, text := range was {
		if _, ok := wanted[name]; !ok {
			t.Errorf("%s\n%s\nshould not be there", name, text)
		}
	}
	if !t.Failed() {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func sections(text string) map[string]string {
	all := map[string]string{}
	for part := range strings.SplitSeq("\n"+text, "\n== ") {
		head, body, _ := strings.Cut(part, "\n")
		all[head] = body
	}
	return all
}
