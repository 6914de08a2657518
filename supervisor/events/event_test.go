package events

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"entrypoint/config"
)

// TestPayloads has every type of event with the exact bytes of its payload.
func TestPayloads(t *testing.T) {
	state := func(state, from string, d StateDetail) Event { return ProcessState(state, "web_0", "web", from, d) }
	one := func(list []Event) Event {
		if len(list) != 1 {
			t.Fatalf("%d events", len(list))
		}
		return list[0]
	}
	tests := []struct {
		event Event
		name  string
		want  string
	}{
		{state("STARTING", "STOPPED", StateDetail{}), "PROCESS_STATE_STARTING", "processname:web_0 groupname:web from_state:STOPPED tries:0"},
		{state("STARTING", "BACKOFF", StateDetail{Tries: 2, PID: 7}), "PROCESS_STATE_STARTING", "processname:web_0 groupname:web from_state:BACKOFF tries:2"},
		{state("RUNNING", "STARTING", StateDetail{PID: 7, Tries: 1}), "PROCESS_STATE_RUNNING", "processname:web_0 groupname:web from_state:STARTING pid:7"},
		{state("BACKOFF", "STARTING", StateDetail{Tries: 4, PID: 7}), "PROCESS_STATE_BACKOFF", "processname:web_0 groupname:web from_state:STARTING tries:4"},
		{state("STOPPING", "RUNNING", StateDetail{PID: 7}), "PROCESS_STATE_STOPPING", "processname:web_0 groupname:web from_state:RUNNING pid:7"},
		{state("STOPPED", "STOPPING", StateDetail{PID: 7}), "PROCESS_STATE_STOPPED", "processname:web_0 groupname:web from_state:STOPPING pid:7"},
		{state("STOPPED", "BACKOFF", StateDetail{}), "PROCESS_STATE_STOPPED", "processname:web_0 groupname:web from_state:BACKOFF pid:0"},
		{state("EXITED", "RUNNING", StateDetail{PID: 7}), "PROCESS_STATE_EXITED", "processname:web_0 groupname:web from_state:RUNNING expected:0 pid:7"},
		{state("EXITED", "RUNNING", StateDetail{PID: 7, Expected: true}), "PROCESS_STATE_EXITED", "processname:web_0 groupname:web from_state:RUNNING expected:1 pid:7"},
		{state("FATAL", "BACKOFF", StateDetail{Tries: 4, PID: 7}), "PROCESS_STATE_FATAL", "processname:web_0 groupname:web from_state:BACKOFF"},
		{state("UNKNOWN", "STOPPING", StateDetail{PID: 7}), "PROCESS_STATE_UNKNOWN", "processname:web_0 groupname:web from_state:STOPPING"},
		{one(ProcessLog("stdout", "web_0", "web", 7, []byte("a\nb"))), "PROCESS_LOG_STDOUT", "processname:web_0 groupname:web pid:7 channel:stdout\na\nb"},
		{one(ProcessLog("stderr", "web_0", "web", 7, []byte("a\n"))), "PROCESS_LOG_STDERR", "processname:web_0 groupname:web pid:7 channel:stderr\na\n"},
		{ProcessCommunication("stdout", "web_0", "web", 7, []byte("a\nb")), "PROCESS_COMMUNICATION_STDOUT", "processname:web_0 groupname:web pid:7\na\nb"},
		{ProcessCommunication("stderr", "web_0", "web", 7, nil), "PROCESS_COMMUNICATION_STDERR", "processname:web_0 groupname:web pid:7\n"},
		{RemoteCommunication("deploy", "a: 1\n"), "REMOTE_COMMUNICATION", "type:deploy\na: 1\n"},
		{SupervisorState(true), "SUPERVISOR_STATE_CHANGE_RUNNING", ""},
		{SupervisorState(false), "SUPERVISOR_STATE_CHANGE_STOPPING", ""},
		{tickEvent(Tick5, 1700000005), "TICK_5", "when:1700000005"},
		{tickEvent(Tick60, 1700000040), "TICK_60", "when:1700000040"},
		{tickEvent(Tick3600, 1699999200), "TICK_3600", "when:1699999200"},
		{GroupAdded("web"), "PROCESS_GROUP_ADDED", "groupname:web\n"},
		{GroupRemoved("web"), "PROCESS_GROUP_REMOVED", "groupname:web\n"},
	}
	for _, tt := range tests {
		if tt.event.Type != tt.name || tt.event.Payload != tt.want {
			t.Errorf("%s %q, want %s %q", tt.event.Type, tt.event.Payload, tt.name, tt.want)
		}
		if parent, ok := config.EventParent(tt.event.Type); !ok || parent == "" {
			t.Errorf("%s is a type that nobody can subscribe to", tt.event.Type)
		}
	}
	if e := tests[0].event; e.Process != "web_0" || e.Group != "web" {
		t.Errorf("is about %q in %q", e.Process, e.Group)
	}
}

func TestText(t *testing.T) {
	for data, want := range map[string]string{
		"":                      "",
		"plain \x00\t\x7f\"'\\": "plain \x00\t\x7f\"'\\",
		"né €":                  `n\u00e9 \u20ac`,
		"😀":                     `\ud83d\ude00`,
		"\U0010ffff":            `\udbff\udfff`,
		"a\r\nb\r":              "a\r\nb\r",
		"\u2028\u0085":          `\u2028\u0085`,
		"caf\xe9":               `Undecodable: b'caf\xe9'`,
		"\xff\t\r\n\x00'\\~":    `Undecodable: b"\xff\t\r\n\x00'\\~"`,
		"\xff'\"":               `Undecodable: b'\xff\'"'`,
		"\xed\xa0\x80":          `Undecodable: b'\xed\xa0\x80'`, // a surrogate
	} {
		if got := string(appendText(nil, []byte(data))); got != want {
			t.Errorf("%q becomes %q, want %q", data, got, want)
		}
	}
	// A JSON text keeps its meaning.
	const in = `{"name": "Zoë", "mood": "😀", "path": "C:\\x"}` + "\r\n"
	var before, after map[string]string
	if err := json.Unmarshal([]byte(in), &before); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(appendText(nil, []byte(in)), &after); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(before, after) {
		t.Errorf("%q became %q", before, after)
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "a\r\n", "é\xff", "\r", "'\"\x80"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out := appendText([]byte("head"), data)
		if !bytes.HasPrefix(out, []byte("head")) || !isPlain(out) {
			t.Fatalf("%q becomes %q", data, out)
		}
		if isPlain(data) && string(out[4:]) != string(data) {
			t.Fatalf("plain %q becomes %q", data, out)
		}
		if len(out) > 4+len("Undecodable: b''")+4*len(data) {
			t.Fatalf("%d bytes become %d", len(data), len(out))
		}
	})
}

// TestLongLog: no byte of a long output is lost, no character is cut, and each
// event is bounded.
func TestLongLog(t *testing.T) {
	for _, data := range []string{
		strings.Repeat("x", MaxLogData),
		strings.Repeat("x", MaxLogData+1),
		strings.Repeat("é", MaxLogData),
		"x" + strings.Repeat("😀", MaxLogData),
		strings.Repeat("\x80", 3*MaxLogData),
	} {
		var all strings.Builder
		const head = "processname:p groupname:g pid:1 channel:stdout\n"
		for _, e := range ProcessLog("stdout", "p", "g", 1, []byte(data)) {
			body, ok := strings.CutPrefix(e.Payload, head)
			if !ok || len(body) > 4*MaxLogData+len("Undecodable: b''") {
				t.Fatalf("an event of %d bytes that begins with %.60q", len(e.Payload), e.Payload)
			}
			if utf8.ValidString(data) && strings.HasPrefix(body, "Undecodable") {
				t.Fatal("a character was cut in two")
			}
			if raw, ok := strings.CutPrefix(body, "Undecodable: b'"); ok {
				body = strings.TrimSuffix(raw, "'")
			}
			all.WriteString(body)
		}
		want := string(appendText(nil, []byte(data)))
		if raw, ok := strings.CutPrefix(want, "Undecodable: b'"); ok {
			want = strings.TrimSuffix(raw, "'")
		}
		if all.String() != want {
			t.Errorf("%.10q...: %d bytes became %d", data, len(want), all.Len())
		}
	}
	if list := ProcessLog("stdout", "p", "g", 1, nil); len(list) != 0 {
		t.Errorf("no output makes %d events", len(list))
	}
}

func TestTicks(t *testing.T) {
	base := time.Unix(1_700_000_000-1_700_000_000%3600, 0) // the beginning of an hour
	var got []string
	b := NewBus(Options{})
	if next := b.NextTick(base); !next.IsZero() {
		t.Fatalf("nobody wants a TICK, but the next one is at %v", next)
	}
	b.Tick(base)
	cancel := b.Subscribe(func(e Event) { got = append(got, e.Type+" "+e.Payload) }, "TICK")
	at := func(seconds int) time.Time { return base.Add(time.Duration(seconds)*time.Second + 7*time.Millisecond) }
	if next := b.NextTick(at(1)); !next.Equal(at(1)) {
		t.Errorf("somebody has subscribed at %v, and Tick has to be called at %v", at(1), next)
	}
	b.Tick(at(1))
	for _, now := range []time.Time{at(1), at(4), at(6), at(3601)} { // it is due, however late it is
		if next := b.NextTick(now); !next.Equal(base.Add(5 * time.Second)) {
			t.Errorf("next at %v, asked at %v", next, now)
		}
	}
	if next := b.NextTick(at(-1)); !next.Equal(at(-1)) {
		t.Errorf("the clock was set back to %v, and the next is at %v", at(-1), next)
	}
	for _, s := range []int{0, 4, 5, 5, 9, 10, 61, 62, 3600, 3601, 7200, 3599} {
		b.Tick(at(s))
	}
	lines := []string{}
	for _, l := range []struct {
		name string
		at   int64
	}{
		{Tick5, 5},
		{Tick5, 10},
		{Tick5, 60},
		{Tick60, 60},
		{Tick5, 3600},
		{Tick60, 3600},
		{Tick3600, 3600},
		{Tick5, 7200},
		{Tick60, 7200},
		{Tick3600, 7200},
		{Tick5, 3595},
		{Tick60, 3540},
		{Tick3600, 0},
	} {
		lines = append(lines, l.name+" "+tickEvent(l.name, base.Unix()+l.at).Payload)
	}
	if strings.Join(got, "\n") != strings.Join(lines, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
	cancel()
	b.Tick(at(0))
	if next := b.NextTick(at(0)); !next.IsZero() {
		t.Errorf("nobody wants a TICK any more, but the next one is at %v", next)
	}

	// Who subscribes later is not told of the slice in which that was.
	got = nil
	b.Subscribe(func(e Event) { got = append(got, e.Type) }, Tick60)
	b.Tick(at(7200 + 61))
	if next := b.NextTick(at(7200 + 61)); !next.Equal(base.Add((7200 + 120) * time.Second)) {
		t.Errorf("next at %v", next)
	}
	b.Tick(at(7200 + 119))
	if len(got) != 0 {
		t.Errorf("got %q", got)
	}
	b.Tick(at(7200 + 120))
	if len(got) != 1 {
		t.Errorf("got %q", got)
	}
}
