package control

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"
)

// TestOperations: each has a name, which doc.go describes, and is read again as what it
// was written as.
func TestOperations(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^//\t([a-z][a-z-]*)(  |\n)`).FindAllStringSubmatch(string(doc), -1) {
		described[m[1]] = true
	}
	for o := DoNothing + 1; int(o) < len(operations); o++ {
		name := o.String()
		if !described[name] {
			t.Errorf("doc.go does not describe %q", name)
		}
		delete(described, name)
		text, err := json.Marshal(&Request{Do: o})
		if err != nil || string(text) != `{"do":"`+name+`"}` {
			t.Errorf("%s: %v", text, err)
		}
		if r, problem := decodeRequest(text); problem != nil || r.Do != o {
			t.Errorf("%s is read as %s, %v", text, r.Do, problem)
		}
	}
	for name := range described {
		if _, known := OperationOf(name); !known {
			t.Errorf("doc.go describes %q, which is no operation", name)
		}
	}
	for _, o := range []Operation{DoNothing, -1, Operation(len(operations))} {
		if o.Reads() {
			t.Errorf("%d: whoever may only read may ask for it", o)
		}
	}
}
