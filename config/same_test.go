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

// TestSame: another place is no other program, and another process is one.
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
}

// TestSameField: another value of any field, at any depth, is another program.
// Only the place in the file is not, nor how it is written there.
func TestSameField(t *testing.T) {
	var p, q Program
	fill(t, reflect.ValueOf(&p).Elem())
	fill(t, reflect.ValueOf(&q).Elem())
	if !p.Same(&q) {
		t.Fatal("equal programs are not the same")
	}
	seen := 0
	change(t, "Program", reflect.ValueOf(&q).Elem(), func(what string) {
		seen++
		if same := p.Same(&q); same != (what == "Program.Source" || strings.HasPrefix(what, "Program.Written.")) {
			t.Errorf("another %s: same is %t", what, same)
		}
	})
	if !p.Same(&q) || seen < reflect.TypeFor[Program]().NumField() {
		t.Errorf("the test has changed what it compares, or has looked at %d values only", seen)
	}
}

// fill gives all that a value consists of a value, so that change finds it.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() { // the others follow from them
				fill(t, v.Field(i))
			}
		}
	default:
		other(t, v)
	}
}

// change calls check with each part of v changed, one at a time, and leaves v as
// it was.
func change(t *testing.T, what string, v reflect.Value, check func(what string)) {
	t.Helper()
	before := reflect.New(v.Type()).Elem()
	before.Set(v)
	switch v.Kind() {
	case reflect.Slice:
		v.SetZero()
		check(what + " (none)")
		v.Set(reflect.Append(before.Slice3(0, 1, 1), before.Index(0)))
		check(what + " (twice)")
		v.Set(before)
		change(t, what+"[0]", v.Index(0), check)
	case reflect.Pointer:
		v.SetZero()
		check(what + " (none)")
		v.Set(before)
		change(t, what, v.Elem(), check)
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			change(t, what+"."+v.Type().Field(i).Name, v.Field(i), check)
		}
	default:
		other(t, v)
		check(what)
	}
	v.Set(before)
}

// other makes another value of a simple one.
func other(t *testing.T, v reflect.Value) {
	t.Helper()
	switch {
	case v.Kind() == reflect.String:
		v.SetString(v.String() + "x")
	case v.Kind() == reflect.Bool:
		v.SetBool(!v.Bool())
	case v.CanInt():
		v.SetInt(v.Int() + 1)
	case v.CanUint():
		v.SetUint(v.Uint() + 1)
	default:
		t.Fatalf("what is another %s?", v.Type())
	}
}
