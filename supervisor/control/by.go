package control

import (
	"strconv"

	"entrypoint/supervisor/visible"
)

// By is who asks for something, for people: the log, the status of a program that was
// stopped. The server finds it out itself, from SO_PEERCRED, and takes only the
// gateway's word for who the client of HTTP is.
type By struct {
	Way     string `json:"way"`               // "ctl", "page", "API" or "XML-RPC"
	User    string `json:"user,omitempty"`    // the user whose password was given, or who has that user id; "": not known
	Address string `json:"address,omitempty"` // where a client of HTTP has come from; "": from this container
}

// WayCtl is the way of clients of the socket.
const WayCtl = "ctl"

// byUser is the client of the socket with a user id.
func byUser(uid uint32, outside bool) *By {
	b := &By{Way: WayCtl, User: "root"}
	if uid != 0 {
		b.User = "user " + strconv.Itoa(int(uid))
	}
	if outside {
		b.Address = "outside of the container"
	}
	return b
}

// longestBy is how many bytes are shown of a name or an address of the gateway's client.
const longestBy = 100

// String says who it is, such as "root (ctl)" or "admin from 10.0.0.9 (page)".
func (b *By) String() string {
	if b == nil {
		return ""
	}
	text := b.User
	if text == "" {
		text = "somebody"
	}
	text = brief(text)
	if b.Address != "" {
		text += " from " + brief(b.Address)
	}
	return text + " (" + brief(b.Way) + ")"
}

func brief(word string) string {
	if len(word) > longestBy {
		word = word[:longestBy] + "..."
	}
	return visible.Line(word)
}
