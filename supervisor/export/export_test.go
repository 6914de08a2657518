package export

import (
	"strings"
	"testing"
)

// TestRead: what is taken of what a process has written, and what is said of the rest.
func TestRead(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"A=1":                              "A=1",
		"A=1\nB=x=y z\n\nC=\n":             "A=1|B=x=y z|C=",
		"A=1\nA=2\n":                       "A=1|A=2",
		"no\nA=1\n1A=2\nA B=3\n=4\nB=\x00": "A=1 !line 1 and 4 more of what it has written to descriptor 3 are not NAME=VALUE",
		"A=1\nB":                           "A=1 !line 2 of what it has written to descriptor 3 is not NAME=VALUE",
	} {
		f, err := New()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		list, bad, err := Read(f)
		got := strings.Join(list, "|")
		if bad != "" {
			got += " !" + bad
		}
		if err != nil || got != want {
			t.Errorf("%q: %q, error %v, want %q", text, got, err, want)
		}
		f.Close()
	}
}

// TestLimit: so much is taken, and not a byte more.
func TestLimit(t *testing.T) {
	f, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, _ = f.WriteString("A=" + strings.Repeat("x", Limit-2))
	if list, _, err := Read(f); err != nil || len(list) != 1 || len(list[0]) != Limit {
		t.Errorf("%d variables, %v", len(list), err)
	}
	_, _ = f.WriteString("x")
	if list, _, err := Read(f); err == nil || list != nil {
		t.Errorf("%d variables of too much: %v", len(list), err)
	}
}
