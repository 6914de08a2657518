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

// Result writes the answer to a call.
func Result(v any) []byte {
	b := []byte("<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n")
	b = put(b, v)
	return append(b, "</param>\n</params>\n</methodResponse>\n"...)
}

// Fault writes the answer to a call that has failed.
func Fault(code int, text string) []byte {
	b := []byte("<?xml version='1.0'?>\n<methodResponse>\n<fault>\n")
	b = put(b, FaultStruct(code, text))
	return append(b, "</fault>\n</methodResponse>\n"...)
}

// FaultStruct is a fault as a value.
func FaultStruct(code int, text string) Struct {
	return Struct{{"faultCode", code}, {"faultString", text}}
}

func put(b []byte, v any) []byte {
	b = append(b, "<value>"...)
	switch v := v.(type) {
	case string:
		b = append(b, "<string>"...)
		b = escape(b, v)
		b = append(b, "</string>"...)
	case bool:
		n := byte('0')
		if v {
			n = '1'
		}
		b = append(b, "<boolean>"...)
		b = append(b, n)
		b = append(b, "</boolean>"...)
	case int:
		// An int has 32 bits; a larger one would be none to the client.
		b = append(b, "<int>"...)
		b = strconv.AppendInt(b, int64(max(math.MinInt32, min(math.MaxInt32, v))), 10)
		b = append(b, "</int>"...)
	case []any:
		b = append(b, "<array><data>\n"...)
		for _, x := range v {
			b = put(b, x)
		}
		b = append(b, "</data></array>"...)
	case Struct:
		b = append(b, "<struct>\n"...)
		for _, m := range v {
			b = append(b, "<member>\n<name>"...)
			b = escape(b, m.Name)
			b = append(b, "</name>\n"...)
			b = put(b, m.Value)
			b = append(b, "</member>\n"...)
		}
		b = append(b, "</struct>"...)
	}
	return append(b, "</value>\n"...)
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
