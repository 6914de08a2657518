// Package xmlrpc reads calls and writes answers of XML-RPC, as Python's
// xmlrpc.client does it: the one that supervisord's clients use.
//
// The tokenizer is encoding/xml's, which knows the five entities of XML and no
// others. A document type is refused, and with it every entity that it could
// define. What is read is bounded by its caller in bytes, and here in depth.
package xmlrpc

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Call is one method call. Values are string, int, bool, float64, []byte, nil,
// []any and map[string]any.
type Call struct {
	Method string
	Params []any
}

// maxDepth is how deep arrays and structs may lie in each other.
const maxDepth = 32

var (
	errShape = errors.New("it is not an XML-RPC call")
	errDeep  = errors.New("its values are nested too deeply")
)

// Read reads one call.
func Read(r io.Reader) (*Call, error) {
	d := &decoder{xml.NewDecoder(r)}
	if err := d.open("methodCall"); err != nil {
		return nil, err
	}
	c := &Call{}
	for {
		name, err := d.next()
		switch {
		case err != nil:
			return nil, err
		case name == "":
			if c.Method == "" {
				return nil, errShape
			}
			return c, nil
		case name == "methodName":
			if c.Method, err = d.text(); err != nil {
				return nil, err
			}
			c.Method = strings.TrimSpace(c.Method)
		case name == "params":
			if c.Params, err = d.params(); err != nil {
				return nil, err
			}
		default:
			return nil, errShape
		}
	}
}

type decoder struct{ *xml.Decoder }

// token is the next token that means something.
func (d *decoder) token() (xml.Token, error) {
	for {
		t, err := d.Token()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		switch t.(type) {
		case xml.Directive:
			return nil, errors.New("a document type is not allowed")
		case xml.Comment, xml.ProcInst:
		default:
			return t, nil
		}
	}
}

// next is the name of the next element; "": the one around it has ended.
func (d *decoder) next() (string, error) {
	for {
		t, err := d.token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return t.Name.Local, nil
		case xml.EndElement:
			return "", nil
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" {
				return "", errShape
			}
		}
	}
}

func (d *decoder) open(want string) error {
	name, err := d.next()
	if err == nil && name != want {
		err = errShape
	}
	return err
}

// close reads to the end of an element that holds nothing more.
func (d *decoder) close() error {
	name, err := d.next()
	if err == nil && name != "" {
		err = errShape
	}
	return err
}

// text reads an element that holds text only, to its end.
func (d *decoder) text() (string, error) {
	var b strings.Builder
	for {
		t, err := d.token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.EndElement:
			return b.String(), nil
		default:
			return "", errShape
		}
	}
}

func (d *decoder) params() (list []any, err error) {
	for {
		name, err := d.next()
		if err != nil || name == "" {
			return list, err
		}
		if name != "param" {
			return nil, errShape
		}
		if err := d.open("value"); err != nil {
			return nil, err
		}
		v, err := d.value(0)
		if err == nil {
			err = d.close()
		}
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

// value reads what is in a value element, to its end.
func (d *decoder) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDeep
	}
	var bare strings.Builder
	for {
		t, err := d.token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.CharData:
			bare.Write(t)
		case xml.EndElement:
			return bare.String(), nil
		case xml.StartElement:
			v, err := d.typed(t.Name.Local, depth)
			if err == nil {
				err = d.close()
			}
			return v, err
		}
	}
}

// typed reads what is in an element that names a type, to its end.
func (d *decoder) typed(kind string, depth int) (any, error) {
	switch kind {
	case "array":
		return d.array(depth)
	case "struct":
		return d.structure(depth)
	}
	s, err := d.text()
	if err != nil {
		return nil, err
	}
	trimmed := strings.TrimSpace(s)
	switch kind {
	case "int", "i4":
		n, err := strconv.ParseInt(trimmed, 10, 64)
		if err != nil {
			return nil, errors.New(strconv.Quote(cut(trimmed)) + " is no int")
		}
		return int(n), nil
	case "boolean":
		switch trimmed {
		case "0", "1":
			return trimmed == "1", nil
		}
		return nil, errors.New(strconv.Quote(cut(trimmed)) + " is no boolean")
	case "double":
		f, err := strconv.ParseFloat(trimmed, 64)
		if err != nil {
			return nil, errors.New(strconv.Quote(cut(trimmed)) + " is no double")
		}
		return f, nil
	case "base64":
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
		if err != nil {
			return nil, errors.New("the base64 is bad")
		}
		return b, nil
	case "nil":
		return nil, nil
	}
	return s, nil // string, dateTime.iso8601, and what nobody knows
}

func cut(s string) string { return s[:min(len(s), 40)] }

func (d *decoder) array(depth int) (any, error) {
	if err := d.open("data"); err != nil {
		return nil, err
	}
	list := []any{}
	for {
		name, err := d.next()
		if err != nil {
			return nil, err
		}
		if name == "" {
			return list, d.close()
		}
		if name != "value" {
			return nil, errShape
		}
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

func (d *decoder) structure(depth int) (any, error) {
	m := map[string]any{}
	for {
		name, err := d.next()
		if err != nil || name == "" {
			return m, err
		}
		if name != "member" {
			return nil, errShape
		}
		if err := d.open("name"); err != nil {
			return nil, err
		}
		key, err := d.text()
		if err == nil {
			err = d.open("value")
		}
		var v any
		if err == nil {
			v, err = d.value(depth + 1)
		}
		if err == nil {
			err = d.close()
		}
		if err != nil {
			return nil, err
		}
		m[key] = v
	}
}

// Member is one of a Struct, whose order counts.
type Member struct {
	Name  string
	Value any
}

// Struct is a struct whose members are written in this order.
type Struct []Member

// Text is a string that is read while it is written: one that is too long to be held.
type Text struct{ io.Reader }

// Long says whether there is a Text in a value.
func Long(v any) bool {
	switch v := v.(type) {
	case Text:
		return true
	case []any:
		return slices.ContainsFunc(v, Long)
	case Struct:
		return slices.ContainsFunc(v, func(m Member) bool { return Long(m.Value) })
	}
	return false
}

const (
	resultBegin = "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n"
	resultEnd   = "</param>\n</params>\n</methodResponse>\n"
)

// Result is the answer to a call, with a value that is not Long.
func Result(v any) []byte {
	e := encoder{b: []byte(resultBegin)}
	e.put(v)
	return append(e.b, resultEnd...)
}

// WriteResult writes the answer to a call piece by piece. The error is the writer's, or
// that of a Text.
func WriteResult(w io.Writer, v any) error {
	e := encoder{b: []byte(resultBegin), w: w}
	e.put(v)
	e.b = append(e.b, resultEnd...)
	e.flush()
	return e.err
}

// Fault writes the answer to a call that has failed.
func Fault(code int, text string) []byte {
	e := encoder{b: []byte("<?xml version='1.0'?>\n<methodResponse>\n<fault>\n")}
	e.put(FaultStruct(code, text))
	return append(e.b, "</fault>\n</methodResponse>\n"...)
}

// FaultStruct is a fault as a value.
func FaultStruct(code int, text string) Struct {
	return Struct{{"faultCode", code}, {"faultString", text}}
}

// encoder writes values: into b, and from there now and then to w.
type encoder struct {
	b   []byte
	w   io.Writer // nil: nowhere
	err error
}

func (e *encoder) add(s string) { e.b = append(e.b, s...) }

func (e *encoder) flush() {
	if e.err == nil && e.w != nil {
		_, e.err = e.w.Write(e.b)
	}
	e.b = e.b[:0]
}

func (e *encoder) put(v any) {
	e.add("<value>")
	switch v := v.(type) {
	case string:
		e.add("<string>")
		e.b = escape(e.b, v)
		e.add("</string>")
	case Text:
		e.add("<string>")
		e.text(v)
		e.add("</string>")
	case bool:
		n := "0"
		if v {
			n = "1"
		}
		e.add("<boolean>" + n + "</boolean>")
	case int:
		// An int has 32 bits; a larger one would be none to the client.
		e.add("<int>" + strconv.Itoa(max(math.MinInt32, min(math.MaxInt32, v))) + "</int>")
	case []any:
		e.add("<array><data>\n")
		for _, x := range v {
			e.put(x)
		}
		e.add("</data></array>")
	case Struct:
		e.add("<struct>\n")
		for _, m := range v {
			e.add("<member>\n<name>")
			e.b = escape(e.b, m.Name)
			e.add("</name>\n")
			e.put(m.Value)
			e.add("</member>\n")
		}
		e.add("</struct>")
	}
	e.add("</value>\n")
}

// textPiece is how much of a Text is held.
const textPiece = 32 << 10

// text copies a Text. A character may be cut by the end of what has been read.
func (e *encoder) text(t Text) {
	buf, have := make([]byte, textPiece), 0
	for e.err == nil {
		n, err := t.Read(buf[have:])
		have += n
		whole := have
		for i := 1; err == nil && i < utf8.UTFMax && i <= have; i++ {
			if c := buf[have-i]; utf8.RuneStart(c) {
				if !utf8.FullRune(buf[have-i : have]) {
					whole = have - i
				}
				break
			}
		}
		e.b = escape(e.b, string(buf[:whole]))
		have = copy(buf, buf[whole:have])
		if e.flush(); err == io.EOF {
			return
		} else if err != nil && e.err == nil {
			e.err = err
		}
	}
}

// escape writes text. What XML cannot hold, and what is no UTF-8, becomes U+FFFD:
// one such byte in a log would break the client's parser.
func escape(b []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '\r':
			b = append(b, "&#13;"...)
		case r < ' ' && r != '\t' && r != '\n', r == 0xfffe, r == 0xffff:
			b = utf8.AppendRune(b, utf8.RuneError)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}
