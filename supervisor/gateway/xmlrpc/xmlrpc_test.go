package xmlrpc

import (
	"encoding/xml"
	"io"
	"reflect"
	"strings"
	"testing"
)

func call(params string) string {
	return "<?xml version='1.0'?>\n<methodCall>\n<methodName>supervisor.x</methodName>\n<params>\n" + params + "</params>\n</methodCall>\n"
}

func TestRead(t *testing.T) {
	params := ""
	for _, v := range []string{
		"<string>a &lt;&#233;&gt;</string>", "bare", "<int> -7 </int>", "<i4>3</i4>", "<boolean>1</boolean>", "<double>1.5</double>",
		"<base64>aGVs\nbG8=</base64>", "<nil/>", "<i8>9</i8>", "<string></string>", "",
		"<array><data><value><int>1</int></value><value>x</value></data></array>",
		"<struct><member><name>a</name><value><boolean>0</boolean></value></member></struct>",
	} {
		params += "<param><value>" + v + "</value></param>\n"
	}
	c, err := Read(strings.NewReader(call(params)))
	if err != nil {
		t.Fatal(err)
	}
	want := []any{"a <é>", "bare", -7, 3, true, 1.5, []byte("hello"), nil, "9", "", "", []any{1, "x"}, map[string]any{"a": false}}
	if c.Method != "supervisor.x" || !reflect.DeepEqual(c.Params, want) {
		t.Errorf("got %s %#v", c.Method, c.Params)
	}
	if c, err := Read(strings.NewReader("<methodCall><methodName>a</methodName></methodCall>")); err != nil || c.Method != "a" || len(c.Params) != 0 {
		t.Errorf("without params: %+v, %v", c, err)
	}
}

// TestRefused: what is no call, and what is made to hurt.
func TestRefused(t *testing.T) {
	deep := strings.Repeat("<array><data><value>", 1000)
	for name, text := range map[string]string{
		"nothing":      "",
		"no XML":       "hello",
		"no method":    "<methodCall></methodCall>",
		"another root": "<methodResponse/>",
		"cut off":      "<methodCall><methodName>a",
		"deep":         call("<param><value>" + deep),
		"bomb":         `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>` + call("<param><value>&b;</value></param>"),
		"entity":       call("<param><value>&nbsp;</value></param>"),
		"int":          call("<param><value><int>x</int></value></param>"),
		"boolean":      call("<param><value><boolean>2</boolean></value></param>"),
		"two types":    call("<param><value><int>1</int><int>2</int></value></param>"),
	} {
		if c, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{call("<param><value><int>1</int></value></param>"), call("<param><value><struct></struct></value></param>"), "<!DOCTYPE", "<a>&#0;</a>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Read(strings.NewReader(text))
		if err == nil && c.Method == "" {
			t.Errorf("%q: no method and no error", text)
		}
	})
}

// FuzzResult: whatever a log holds, the client's parser can read the answer.
func FuzzResult(f *testing.F) {
	for _, seed := range []string{"plain", "\x00\x1b[31m\xff\ufffe<&>\r\n", "\xed\xa0\x80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, answer := range [][]byte{Result([]any{text, Struct{{text, 1 << 40}}, true}), Fault(30, text)} {
			d := xml.NewDecoder(strings.NewReader(string(answer)))
			for {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%q: %v", answer, err)
				}
			}
		}
	})
}
