package process

import (
	"strconv"
	"strings"
	"syscall"
)

// plan is what a stage has to do. It travels in the stage's arguments: its
// name, the numbers, the directory, the names of sockets, the file, and the
// command's own arguments.
type plan struct {
	status     int // descriptor of the status pipe
	listen     int // number of listening sockets, from descriptor 3 on
	names      string
	file       string
	argv       []string
	dir        string
	credential *syscall.Credential
	settings   Settings
}

// encode returns the arguments of the stage. The numbers are lists, each after
// its length, so that "not set" is a list of none.
func (p *plan) encode() []string {
	var n numbers
	n.put(uint64(p.status), uint64(p.listen))
	s := &p.settings
	n.putInt(s.Umask)
	n.putLimit(s.NoFile)
	n.putLimit(s.Core)
	n.putInt(s.Nice)
	n.putInt(s.OOMScoreAdj)
	if s.NoNewPrivs {
		n.put(1)
	} else {
		n.put()
	}
	if c := s.Capabilities; c != nil {
		n.put(0) // there is a list, which may be empty
		list := make([]uint64, len(*c))
		for i, number := range *c {
			list[i] = uint64(number)
		}
		n.put(list...)
	} else {
		n.put()
		n.put()
	}
	if c := p.credential; c != nil {
		list := []uint64{uint64(c.Uid), uint64(c.Gid)}
		if !c.NoSetGroups {
			list = append(list, 0)
			for _, g := range c.Groups {
				list = append(list, uint64(g))
			}
		}
		n.put(list...)
	} else {
		n.put()
	}
	argv := make([]string, 0, 5+len(p.argv))
	argv = append(argv, stageName, n.text.String(), p.dir, p.names, p.file)
	return append(argv, p.argv...)
}

// decode reads the arguments of a stage.
func decode(args []string) (p plan, ok bool) {
	if len(args) < 6 {
		return p, false
	}
	p.dir, p.names, p.file, p.argv = args[2], args[3], args[4], args[5:]
	n := numbers{rest: args[1]}
	first := n.take(2)
	p.status, p.listen = int(first[0]), int(first[1])
	s := &p.settings
	s.Umask = n.takeInt()
	s.NoFile = n.takeLimit()
	s.Core = n.takeLimit()
	s.Nice = n.takeInt()
	s.OOMScoreAdj = n.takeInt()
	s.NoNewPrivs = len(n.list()) > 0
	given, list := n.list(), n.list()
	if len(given) > 0 {
		numbers := make([]int, len(list))
		for i, number := range list {
			numbers[i] = int(number)
		}
		s.Capabilities = &numbers
	}
	if list := n.list(); len(list) >= 2 {
		p.credential = &syscall.Credential{Uid: uint32(list[0]), Gid: uint32(list[1]), NoSetGroups: len(list) == 2}
		for _, g := range list[min(3, len(list)):] {
			p.credential.Groups = append(p.credential.Groups, uint32(g))
		}
	}
	return p, !n.bad && n.rest == ""
}

// numbers is a text of lists of numbers, each number with a space after it.
type numbers struct {
	text strings.Builder
	rest string
	bad  bool
}

func (n *numbers) put(list ...uint64) {
	n.write(uint64(len(list)))
	for _, number := range list {
		n.write(number)
	}
}

func (n *numbers) write(number uint64) {
	n.text.WriteString(strconv.FormatUint(number, 10))
	n.text.WriteByte(' ')
}

func (n *numbers) putInt(p *int) {
	if p == nil {
		n.put()
	} else {
		n.put(uint64(*p))
	}
}

func (n *numbers) putLimit(l *syscall.Rlimit) {
	if l == nil {
		n.put()
	} else {
		n.put(l.Cur, l.Max)
	}
}

func (n *numbers) read() uint64 {
	word, rest, _ := strings.Cut(n.rest, " ")
	number, err := strconv.ParseUint(word, 10, 64)
	n.rest, n.bad = rest, n.bad || err != nil
	return number
}

func (n *numbers) list() []uint64 {
	length := n.read()
	if n.bad || length > uint64(len(n.rest)) {
		n.bad = true
		return nil
	}
	list := make([]uint64, length)
	for i := range list {
		list[i] = n.read()
	}
	return list
}

// take reads a list that has length members.
func (n *numbers) take(length int) []uint64 {
	list := n.list()
	if len(list) != length {
		n.bad = true
		return make([]uint64, length)
	}
	return list
}

func (n *numbers) takeInt() *int {
	list := n.list()
	if len(list) == 0 {
		return nil
	}
	number := int(list[0])
	return &number
}

func (n *numbers) takeLimit() *syscall.Rlimit {
	list := n.list()
	if len(list) == 0 {
		return nil
	}
	if len(list) != 2 {
		n.bad = true
		return nil
	}
	return &syscall.Rlimit{Cur: list[0], Max: list[1]}
}
