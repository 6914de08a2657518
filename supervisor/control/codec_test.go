package control

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestDecodeRequest(t *testing.T) {
	for line, want := range map[string]string{
		`{"do":"status"}`: "",
		` {"do" : "read", "names":["a"], "stream":"stderr", "offset":-5, "length":7} ` + "\r\n": "",
		``:                               "ends too early",
		`{"do":"sta`:                     "ends too early",
		"\x00":                           "invalid character",
		`{"do":"status"}}`:               "more on the line",
		`{"do":"status"}{"do":"stop"}`:   "more on the line",
		`[]`:                             "a request is a JSON object, and not of type array",
		`null`:                           "does not say what to do",
		`{}`:                             "does not say what to do",
		`{"do":"stpo"}`:                  `unknown request "stpo"`,
		`{"do":"STOP"}`:                  `unknown request "STOP"`,
		`{"do":"stop","name":"web"}`:     `unknown member "name"`,
		`{"do":"stop","names":"web"}`:    `member "names" cannot have this value of type string`,
		`{"do":"stop","wait":1}`:         `member "wait" cannot have this value of type number`,
		`{"do":"logs","stream":"stdin"}`: `stdout or stderr, not "stdin"`,
		`{"do":"logs","lines":-1}`:       "cannot be negative",
		`{"do":"read","length":-1}`:      "cannot be negative",
		`{"do":"read","offset":1e99}`:    `member "offset" cannot have this value of type number`,
	} {
		_, err := decodeRequest([]byte(line))
		switch {
		case err == nil && want != "":
			t.Errorf("%s: no error, want %s", line, want)
		case err != nil && (want == "" || !strings.Contains(err.Message, want) || err.Code != BadRequest):
			t.Errorf("%s: %s: %s, want %s", line, err.Code, err.Message, want)
		}
	}
	long := strings.Repeat("1", 60_000)
	for _, line := range []string{`{"do":"` + long + `"}`, `{"` + long + `":1}`, `{"do":"read","offset":` + long + `}`, `{"do":"read","stream":"` + long + `"}`} {
		if _, err := decodeRequest([]byte(line)); err == nil || len(err.Message) > 200 {
			t.Errorf("%.30s: got %v", line, err)
		}
	}
}

func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		`{"do":"stop","names":["web","workers:*"],"wait":true}`, `{"do":"read","stream":"stdout","offset":-1,"length":9}`,
		`{"do":"signal","signal":"HUP","names":["\ud800"]}`, `[[[[`, `{"do":{"do":1}}`, "{\"do\":\"\xff\"}", `{"x":1}`, "null", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		r, problem := decodeRequest(line)
		answer := bytes.Buffer{}
		if problem != nil {
			if problem.Code != BadRequest || problem.Message == "" || len(problem.Message) > 500 {
				t.Fatalf("%q: %q", line, problem)
			}
			if err := newEncoder(&answer).Encode(&Answer{Error: problem}); err != nil || bytes.IndexByte(answer.Bytes(), '\n') != answer.Len()-1 {
				t.Fatalf("%q: answer %q, %v", line, answer.Bytes(), err)
			}
			return
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		same, problem := decodeRequest(again)
		if len(r.Names) == 0 {
			r.Names = nil
		}
		if problem != nil || !reflect.DeepEqual(r, same) {
			t.Fatalf("%q: %+v, again %+v, %v", line, r, same, problem)
		}
	})
}
