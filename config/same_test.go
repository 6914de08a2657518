package config

import (
	"reflect"
	"strings"
	"testing"
)

const sameText = `[program:a]
command = run
process_name = a%(process_num)d
numprocs = 2
environment = A=1
user = 12345
stopsignal = QUIT:3 TERM
stdout_logfile = /tmp/a.log,AUTO
rlimit_nofile = 10
nice = 3
capabilities = none
socket = unix:///tmp/a
restart_signal_when_file_changed = HUP
[eventlistener:l]
command = l
events = TICK
`

// TestSame: another place is no other program; another value of any field is.
func TestSame(t *testing.T) {
	text := sameText
	if ourselves().uid != 0 {
		text = strings.Replace(text, "user = 12345\n", "", 1)
	}
	a, b := mustLoad(t, text), mustLoad(t, "# moved\n\n"+text)
	for i := range a.Programs {
		if a.Programs[i].Source == b.Programs[i].Source || !a.Programs[i].Same(b.Programs[i]) {
			t.Errorf("%+v\n%+v", a.Programs[i], b.Programs[i])
		}
	}
	if a.Programs[1].Same(a.Programs[2]) {
		t.Error("a0 is a1")
	}
	p := *a.Programs[1]
	for i := range reflect.TypeFor[Program]().NumField() {
		field := reflect.TypeFor[Program]().Field(i)
		q := p
		change(t, reflect.ValueOf(&q).Elem().Field(i))
		if same := p.Same(&q); same != (field.Name == "Source") {
			t.Errorf("another %s: same is %t", field.Name, same)
		}
	}
	if !p.Same(a.Programs[1]) {
		t.Error("the test has changed what it compares")
	}
}

// change gives a field another value.
func change(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Slice:
		v.Set(reflect.Append(v.Slice3(0, v.Len(), v.Len()), reflect.Zero(v.Type().Elem())))
	case reflect.Pointer:
		next := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			next.Elem().Set(v.Elem())
		}
		change(t, next.Elem())
		v.Set(next)
	case reflect.Struct:
		change(t, v.Field(0))
	default:
		t.Fatalf("what is another %s?", v.Type())
	}
}
