package request

import "entrypoint/supervisor/control"

// detail answers with what is known of one program beyond its state.
func (d *Desk) detail(r *control.Request, c *Caller) {
	programs := d.named(r.Names, c)
	if len(programs) != 1 {
		c.fail(control.BadRequest, "detail is about one program")
		return
	}
	a := &control.Detail{Name: programs[0].Name}
	d.Configuration.Detail(a.Name, a, func() {
		c.reply(&control.Answer{Detail: a})
		c.done()
	})
}
