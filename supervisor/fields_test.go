package supervisor

import (
	"reflect"
	"testing"
)

// TestFields: the loop and a program in it stay small. What wants a field of its own is
// likely a concern of its own: a part, or an object with its own state and tests.
func TestFields(t *testing.T) {
	const most = 15
	for _, is := range []reflect.Type{reflect.TypeFor[Supervisor](), reflect.TypeFor[unit]()} {
		if is.NumField() > most {
			t.Errorf("%v has %d fields, more than %d", is, is.NumField(), most)
		}
	}
}
