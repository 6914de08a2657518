package events

import (
	"strings"
	"testing"
)

// TestProtocol is the grid of what a listener may print in which state.
func TestProtocol(t *testing.T) {
	const (
		idle    = "" // nothing is queued
		waiting = "waiting"
	)
	tests := []struct {
		from  state
		queue string // whether another event waits
		input string
		to    state
		log   string // what is logged first
	}{
		{acknowledged, idle, "READY\n", ready, ""},
		{acknowledged, waiting, "READY\n", busy, ""},
		{acknowledged, waiting, "READY", acknowledged, ""},
		{acknowledged, waiting, "R", acknowledged, ""},
		{acknowledged, waiting, "READY\r\n", unknown, "p: has entered the UNKNOWN"},
		{acknowledged, waiting, "ready\n", unknown, "p: has entered the UNKNOWN"},
		{acknowledged, waiting, " READY\n", unknown, "p: has entered the UNKNOWN"},
		{acknowledged, waiting, "\n", unknown, "p: has entered the UNKNOWN"},
		{acknowledged, waiting, "x", unknown, "p: has entered the UNKNOWN"},
		{acknowledged, waiting, "RESULT 2\nOK", unknown, "p: has entered the UNKNOWN"},
		{acknowledged, idle, "READY\nREADY\n", unknown, "p: has entered the UNKNOWN"},
		{acknowledged, waiting, "READY\nRESULT 2\nOK", acknowledged, ""},
		{acknowledged, waiting, "READY\nRESULT 2\nOKREADY\n", ready, ""},

		{ready, idle, "READY\n", unknown, "p: has entered the UNKNOWN"},
		{ready, idle, "\x00", unknown, "p: has entered the UNKNOWN"},
		{ready, idle, "RESULT 2\nOK", unknown, "p: has entered the UNKNOWN"},

		{busy, idle, "RESULT 2\nOK", acknowledged, ""},
		{busy, idle, "RESULT 2\nOKREADY\n", ready, ""},
		{busy, waiting, "RESULT 2\nOKREADY\n", busy, ""},
		{busy, idle, "RESULT 2\nOKx", unknown, "p: has entered the UNKNOWN"},
		{busy, idle, "RESULT 2\nO", busy, ""},
		{busy, idle, "RESULT 2", busy, ""},
		{busy, idle, "RESULT  +2 \r\nOK", acknowledged, ""},
		{busy, idle, "RESULT 002\nOK", acknowledged, ""},
		{busy, idle, "RESULT 4\nFAIL", acknowledged, "p: event was rejected"},
		{busy, idle, "RESULT 2\nok", acknowledged, "p: event was rejected"},
		{busy, idle, "RESULT 1\nO", acknowledged, "p: event was rejected"},
		{busy, idle, "RESULT 3\nOK\n", acknowledged, "p: event was rejected"},
		{busy, idle, "RESULT 4\nOKOK", acknowledged, "p: event was rejected"},
		{busy, idle, "RESULT 0\n", acknowledged, "p: event was rejected"},
		{busy, idle, "RESULT 0\nREADY\n", busy, "p: event was rejected"}, // it is there again
		{busy, idle, "RESULT 100000\n" + strings.Repeat("x", 99999), busy, ""},
		{busy, idle, "RESULT 100000\n" + strings.Repeat("x", 100000), acknowledged, "p: event was rejected"},
		{busy, idle, "RESULT -1\nOK", unknown, "p: bad result line: 'RESULT -1'"},
		{busy, idle, "RESULT two\nOK", unknown, "p: bad result line: 'RESULT two'"},
		{busy, idle, "RESULT \n", unknown, "p: bad result line: 'RESULT '"},
		{busy, idle, "RESULT 99999999999999999999\n", unknown, "p: bad result line: 'RESULT 99999999999999999999'"},
		{busy, idle, "READY\n", unknown, "p: bad result line: 'READY'"},
		{busy, idle, "\n", unknown, "p: bad result line: ''"},
		{busy, idle, "result 2\nOK", unknown, "p: bad result line: 'result 2'"},
		{busy, idle, "12345672\nOK", unknown, "p: bad result line: '12345672'"},
		{busy, idle, "debug \xff\n", unknown, `p: bad result line: 'Undecodable: b'debug \xff''`},
		{busy, idle, strings.Repeat("x", maxLine), busy, ""},
		{busy, idle, strings.Repeat("x", maxLine+1), unknown, "p: bad result line: '" + strings.Repeat("x", maxLine) + "'"},

		{unknown, waiting, "READY\n", unknown, ""},
		{unknown, waiting, "x", unknown, ""},
		{absent, waiting, "READY\n", absent, ""},
		{absent, waiting, "x", absent, ""},
	}
	for _, tt := range tests {
		r := newRig(t, 10, "p")
		r.into(tt.from)
		if tt.queue == waiting {
			r.Publish(RemoteCommunication("waiting", ""))
		}
		queued := len(r.pools[0].queue)
		if held := r.listeners["pool:p"].entry; held != nil {
			queued++
		}
		r.log = nil
		r.say("p", tt.input)
		l := r.listeners["pool:p"]
		if l.state != tt.to {
			t.Errorf("state %d, %.40q: is in state %d, want %d", tt.from, tt.input, l.state, tt.to)
		}
		first := ""
		if len(r.log) > 0 {
			first = strings.TrimPrefix(r.log[0], "WARN ")
		}
		if !strings.HasPrefix(first, tt.log) || (tt.log == "") != (first == "") {
			t.Errorf("state %d, %.40q: logged %q, want %q", tt.from, tt.input, first, tt.log)
		}
		if tt.to == unknown && tt.from != unknown && !strings.Contains(strings.Join(r.log, "\n"), "entered the UNKNOWN state") {
			t.Errorf("state %d, %.40q: logged %q", tt.from, tt.input, r.log)
		}
		// An event is gone only after an OK.
		left := len(r.pools[0].queue)
		if l.entry != nil {
			left++
		}
		processed := strings.Contains(tt.input, "\nOK") && tt.from != acknowledged && tt.from != ready &&
			!strings.Contains(first, "rejected") && !strings.Contains(first, "bad result")
		processed = processed || strings.HasPrefix(tt.input, "READY\nRESULT 2\nOK")
		if !processed && left != queued {
			t.Errorf("state %d, %.40q: %d events became %d", tt.from, tt.input, queued, left)
		}
		if cap(l.line) > 2*maxLine {
			t.Errorf("state %d, %.40q: keeps %d bytes", tt.from, tt.input, cap(l.line))
		}
	}
}

// TestUnknownUntilRestart: a new incarnation is a new listener.
func TestUnknownUntilRestart(t *testing.T) {
	r := newRig(t, 10, "p")
	r.into(busy)
	r.say("p", "garbage\n")
	r.say("p", "READY\n")
	if n := len(r.sent); n != 1 {
		t.Fatalf("sent %d events", n)
	}
	r.Ended("pool:p")
	r.up("p")
	r.say("p", "READY\n")
	if n := len(r.sent); n != 2 || r.sent[0].text != r.sent[1].text {
		t.Errorf("sent %q", r.sent)
	}
}

// FuzzReceived: however the bytes of a listener are split, the same happens.
func FuzzReceived(f *testing.F) {
	f.Add([]byte("READY\nRESULT 2\nOKREADY\nRESULT 4\nFAILREADY\n"), []byte{1, 0, 3})
	f.Add([]byte("READY\nRESULT 0\nREADY\nRESULT x\n"), []byte{5, 1})
	f.Add([]byte("READY\n"+strings.Repeat("y", 300)), []byte{200})
	f.Add([]byte("READY\nRESULT 5\nOK\nOKREADY\nRESULT 2\nOKREADY\nz"), []byte{2})
	f.Fuzz(func(t *testing.T, data, splits []byte) {
		run := func(pieces [][]byte) *rig {
			r := newRig(t, 3, "p")
			for range 3 {
				r.Publish(RemoteCommunication("t", "d"))
			}
			r.up("p")
			for _, piece := range pieces {
				piece = append([]byte(nil), piece...)
				r.say("p", string(piece))
			}
			return r
		}
		whole := run([][]byte{data})
		var pieces [][]byte
		for rest := data; len(rest) > 0; {
			n := len(rest)
			if len(splits) > 0 {
				n, splits = min(n, 1+int(splits[0])), append(splits[1:len(splits):len(splits)], splits[0])
			}
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		split := run(pieces)
		if a, b := whole.history(), split.history(); a != b {
			t.Errorf("%q in one piece:\n%s\nin pieces:\n%s", data, a, b)
		}
		if l := whole.listeners["pool:p"]; len(l.line) > maxLine {
			t.Errorf("keeps %d bytes", len(l.line))
		}
	})
}
