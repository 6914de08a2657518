//go:build amd64 || arm64

package threadless

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"unsafe"
)

// text is as the kernel gives it.
func text(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s + "\x00")) }

// words are as argv or the environment is.
func words(list ...string) unsafe.Pointer {
	var v []unsafe.Pointer
	for _, s := range list {
		v = append(v, text(s))
	}
	return unsafe.Pointer(unsafe.SliceData(append(v, nil)))
}

func TestTexts(t *testing.T) {
	for _, c := range []struct {
		what string
		got  bool
	}{
		{"is", is(text("ctl"), "ctl")},
		{"is, longer", !is(text("ctl2"), "ctl")},
		{"is, shorter", !is(text("ct"), "ctl")},
		{"is, empty", !is(text(""), "ctl")},
		{"begins", begins(text("A=b"), "A=")},
		{"supervisord", calledSupervisord(text("/usr/bin/supervisord"))},
		{"supervisord alone", calledSupervisord(text("supervisord"))},
		{"not supervisord", !calledSupervisord(text("/supervisord/entry-point"))},
		{"length", length(text("four")) == 4},
		{"the last value", is(variable(words("X=1", "Y=2", "X=3"), "X="), "3")},
		{"no value", variable(words("X="), "X=") == nil},
		{"no variable", variable(words("XX=1"), "X=") == nil},
		{"-s", namesSocket(words("e", "ctl", "-s", "/x", "status"), 5)},
		{"-s behind another", namesSocket(words("e", "ctl", "status", "-fs/x"), 4)},
		{"--socket", namesSocket(words("e", "ctl", "status", "--socket=/x"), 4)},
		{"--stream", !namesSocket(words("e", "ctl", "logs", "--stream", "stdout"), 5)},
		{"no option", !namesSocket(words("e", "ctl", "stop", "sss"), 4)},
	} {
		if !c.got {
			t.Error(c.what)
		}
	}
}

// TestRequest: what is sent is the JSON of the words, whatever stands in them.
func TestRequest(t *testing.T) {
	list := []string{"stop", `a "b" \c`, "\x01\n\x1f", "päth", ""}
	if !compose(words(append([]string{"entry-point", "ctl"}, list...)...), len(list)+2) {
		t.Fatal("too long")
	}
	var r struct {
		Do    string   `json:"do"`
		Names []string `json:"names"`
	}
	if err := json.Unmarshal(request[:used], &r); err != nil || r.Do != "ctl" || strings.Join(r.Names, "|") != strings.Join(list, "|") {
		t.Errorf("%v: %+v\n%s", err, r, request[:used])
	}
	if compose(words("entry-point", "ctl", strings.Repeat("x", len(request))), 3) {
		t.Error("a word of 64 KB is sent")
	}
}

func TestDecode(t *testing.T) {
	for _, want := range []string{"", "a", "ab", "abc", "\x00\xff\xfe", strings.Repeat("line\n", 1000)} {
		n := decode(text(base64.StdEncoding.EncodeToString([]byte(want)) + `"}}` + "\n"))
		if got := string(output[:n]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if n := decode(text(strings.Repeat("A", 2*len(output)))); n != len(output) {
		t.Errorf("%d bytes of %d", n, len(output))
	}
}

func TestNumber(t *testing.T) {
	name("/proc/", 4194304, "/ns/mnt")
	if !is(unsafe.Pointer(&path), "/proc/4194304/ns/mnt") {
		t.Errorf("%q", path)
	}
	name("/proc/self", 0, "")
	if !is(unsafe.Pointer(&path), "/proc/self") {
		t.Errorf("%q", path)
	}
}
