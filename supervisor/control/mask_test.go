package control

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// open are the texts of answers that are not masked: names, which requests have to repeat,
// words of ours, and what programs have printed.
var open = strings.Fields(`
	Info.Version Info.State
	Program.Name Program.Group Program.FullName Program.State Program.Exit Program.Waiting Program.WaitingFor Program.Profile Program.Exits.Signal
	Usage.Name Config.Name Config.Group Config.FullName Config.Autorestart
	Detail.Name Detail.Environment Detail.Inherited Detail.Probes.Kind
	Result.Name Result.Group Result.Status Changes. Log. Event.Program Event.From Event.To Event.By Health.Waiting Output. Error.Code`)

// TestHide: every text of every answer is masked that is not one of open; a new
// member of an answer has to be in one of the two.
func TestHide(t *testing.T) {
	answer := reflect.TypeFor[Answer]()
	for i := range answer.NumField() {
		if answer.Field(i).Type.Kind() != reflect.Pointer {
			continue
		}
		name := answer.Field(i).Name
		a := &Answer{}
		fill(reflect.ValueOf(a).Elem().Field(i))
		shared := a.Error
		a.hide(func(text string) string { return strings.ReplaceAll(text, "geheim", "***") })
		walk(reflect.ValueOf(a).Elem().Field(i), name, func(path, text string) {
			isOpen := false
			for _, prefix := range open {
				isOpen = isOpen || path == prefix || strings.HasSuffix(prefix, ".") && strings.HasPrefix(path, prefix)
			}
			switch {
			case strings.Contains(text, "geheim") && !isOpen:
				t.Errorf("%s is not masked: see hide", path)
			case !strings.Contains(text, "geheim") && isOpen:
				t.Errorf("%s is masked", path)
			}
		})
		if shared != nil && shared.Message != "geheim" {
			t.Error("an error was changed that others may have as well")
		}
	}
}

// fill sets every text in a value to a secret, and gives slices a member.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.String:
		v.SetString("geheim")
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte("geheim"))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	}
}

// walk calls f for every text in a value, with where it stands.
func walk(v reflect.Value, path string, f func(path, text string)) {
	switch v.Kind() {
	case reflect.Pointer:
		walk(v.Elem(), path, f)
	case reflect.String:
		f(path, v.String())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			f(path, string(v.Bytes()))
			return
		}
		for i := range v.Len() {
			walk(v.Index(i), path, f)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			walk(v.Field(i), path+"."+v.Type().Field(i).Name, f)
		}
	}
}
