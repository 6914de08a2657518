package config

import "reflect"

// Same says whether two programs differ in nothing but the line they stand on.
func (p *Program) Same(q *Program) bool {
	a, b := *p, *q
	a.Source, b.Source = "", ""
	return reflect.DeepEqual(a, b)
}
