package logs

import "bytes"

// The tags of capture mode, as supervisord knows them.
const (
	beginTag = "<!--XSUPERVISOR:BEGIN-->"
	endTag   = "<!--XSUPERVISOR:END-->"
)

// capture takes what a program prints between two tags out of its log. A tag
// may be split over reads: its beginning is held back, and comes out as it is
// if it was none.
type capture struct {
	limit    int64        // of what is captured: of more the end is kept
	short    func()       // called when the buffer has no room for so much
	log      func([]byte) // takes what is outside of the tags
	captured func([]byte) // takes what is between two of them

	within  bool // after a begin tag
	matched int  // bytes of the next tag that have been seen last
	dropped bool // what is held has lost its beginning
	held    held
}

func (c *capture) tag() string {
	if c.within {
		return endTag
	}
	return beginTag
}

func (c *capture) split(data []byte) {
	for len(data) > 0 {
		tag := c.tag()
		if c.matched > 0 {
			n := common(tag[c.matched:], data)
			c.matched += n
			data = data[n:]
			switch {
			case c.matched == len(tag):
				c.toggle()
			case len(data) > 0:
				// '<' stands only at the beginning of a tag: none can begin
				// inside of what had matched.
				c.text([]byte(tag[:c.matched]))
				c.matched = 0
			}
			continue
		}
		i := bytes.Index(data, []byte(tag))
		if i < 0 {
			c.matched = tail(data, tag)
			c.text(data[:len(data)-c.matched])
			return
		}
		c.text(data[:i])
		c.toggle()
		data = data[i+len(tag):]
	}
}

func (c *capture) toggle() {
	c.matched = 0
	if c.within {
		c.captured(c.held.b)
		c.drop()
	}
	c.within = !c.within
}

func (c *capture) text(data []byte) {
	if !c.within {
		c.log(data)
		return
	}
	if over := len(c.held.b) + len(data) - c.room(len(c.held.b)+len(data)); over > 0 {
		c.dropped = true
		first := min(over, len(c.held.b))
		c.held.drop(first)
		data = data[over-first:]
	}
	c.held.add(data)
}

// room is how much can be captured, if it is to be need.
func (c *capture) room(need int) int {
	most := int(min(c.limit, int64(need)))
	if most <= cap(c.held.b) || c.held.grow(most) {
		return most
	}
	c.short()
	if cap(c.held.b) < ownBuffer {
		c.held.grow(ownBuffer)
	}
	return cap(c.held.b)
}

func (c *capture) drop() {
	c.held.clear()
	c.dropped = false
}

// flush lets out the beginning of a tag that will not go on. At the very end
// what was captured without an end tag goes to the log: it is no event, but the
// program did print it. (supervisord loses both.)
func (c *capture) flush(last bool) {
	if n := c.matched; n > 0 {
		c.matched = 0
		c.text([]byte(c.tag()[:n]))
	}
	if last && c.within {
		c.within = false
		if !c.dropped {
			c.log([]byte(beginTag))
		}
		c.log(c.held.b)
		c.drop()
	}
}

// common is how many bytes tag and data have in common at their beginnings.
func common(tag string, data []byte) int {
	n := 0
	for n < len(tag) && n < len(data) && tag[n] == data[n] {
		n++
	}
	return n
}

// tail is how many bytes at the end of data are the beginning of tag.
func tail(data []byte, tag string) int {
	near := max(0, len(data)-len(tag)+1)
	i := bytes.LastIndexByte(data[near:], '<')
	if i < 0 {
		return 0
	}
	end := data[near+i:]
	if common(tag, end) == len(end) {
		return len(end)
	}
	return 0
}
