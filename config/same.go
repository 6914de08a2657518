package config

import "reflect"

// Same says whether q is the same program as p wherever in the file it stands:
// everything but Source and Written is equal. A reload leaves such a program alone.
func (p *Program) Same(q *Program) bool {
	a, b := *p, *q
	a.Source, b.Source = "", ""
	a.Written, b.Written = Written{}, Written{}
	a.Schedule, b.Schedule = a.Schedule.written(), b.Schedule.written()
	return reflect.DeepEqual(a, b)
}
