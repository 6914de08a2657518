package logs

// isObject says whether text, which is UTF-8, is one JSON object (RFC 8259)
// with white space around it at most. It allocates nothing. An object that is
// nested deeper than maxDepth is taken for text, which it is as well.
func isObject(text []byte) bool {
	s := scanner{text: text}
	s.space()
	if s.peek() != '{' {
		return false
	}
	if !s.value() {
		return false
	}
	s.space()
	return s.i == len(s.text)
}

const maxDepth = 256

// scanner walks through JSON. It keeps what it is inside of in a bit each, an
// object or an array, rather than by recursion.
type scanner struct {
	text    []byte
	i       int
	depth   int
	objects [maxDepth / 64]uint64
}

// peek is the next byte, 0 at the end: no byte of JSON outside of strings.
func (s *scanner) peek() byte {
	if s.i < len(s.text) {
		return s.text[s.i]
	}
	return 0
}

func (s *scanner) space() {
	for s.i < len(s.text) {
		switch s.text[s.i] {
		case ' ', '\t', '\r', '\n':
			s.i++
		default:
			return
		}
	}
}

func (s *scanner) push(object bool) bool {
	if s.depth == maxDepth {
		return false
	}
	word, bit := s.depth/64, uint64(1)<<(s.depth%64)
	s.objects[word] &^= bit
	if object {
		s.objects[word] |= bit
	}
	s.depth++
	s.i++
	s.space()
	return true
}

func (s *scanner) inObject() bool {
	n := s.depth - 1
	return s.objects[n/64]>>(n%64)&1 == 1
}

// value passes one value and everything inside of it.
func (s *scanner) value() bool {
	for {
		// A value begins here.
		done := true
		switch c := s.peek(); c {
		case '{', '[':
			if !s.push(c == '{') {
				return false
			}
			if s.peek() == closer(c) {
				s.depth--
				s.i++
				break
			}
			if c == '{' && !s.key() {
				return false
			}
			done = false
		case '"':
			done = s.str()
			if !done {
				return false
			}
		case 't':
			if !s.word("true") {
				return false
			}
		case 'f':
			if !s.word("false") {
				return false
			}
		case 'n':
			if !s.word("null") {
				return false
			}
		default:
			if !s.number() {
				return false
			}
		}
		if !done {
			continue
		}
		// A value has ended: so may what it is in.
		more, ok := s.next()
		if !ok || !more {
			return ok
		}
	}
}

// next goes from the end of a value to the beginning of the next one. There is
// no more at the end of the outermost.
func (s *scanner) next() (more, ok bool) {
	for s.depth > 0 {
		s.space()
		object := s.inObject()
		switch s.peek() {
		case ',':
			s.i++
			s.space()
			return true, !object || s.key()
		case '}':
			if !object {
				return false, false
			}
		case ']':
			if object {
				return false, false
			}
		default:
			return false, false
		}
		s.i++
		s.depth--
	}
	return false, true
}

func closer(opener byte) byte { return opener + 2 } // of [ and { in ASCII

// key passes a member's name and colon.
func (s *scanner) key() bool {
	if s.peek() != '"' || !s.str() {
		return false
	}
	s.space()
	if s.peek() != ':' {
		return false
	}
	s.i++
	s.space()
	return true
}

func (s *scanner) word(w string) bool {
	if len(s.text)-s.i < len(w) || string(s.text[s.i:s.i+len(w)]) != w {
		return false
	}
	s.i += len(w)
	return true
}

func (s *scanner) str() bool {
	for s.i++; s.i < len(s.text); s.i++ {
		switch c := s.text[s.i]; {
		case c == '"':
			s.i++
			return true
		case c < ' ':
			return false
		case c == '\\':
			s.i++
			switch s.peek() {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				for range 4 {
					s.i++
					c := s.peek()
					if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
						return false
					}
				}
			default:
				return false
			}
		}
	}
	return false
}

func (s *scanner) number() bool {
	if s.peek() == '-' {
		s.i++
	}
	if s.peek() == '0' {
		s.i++
	} else if !s.digits() {
		return false
	}
	if s.peek() == '.' {
		s.i++
		if !s.digits() {
			return false
		}
	}
	if s.peek()|0x20 == 'e' {
		s.i++
		if c := s.peek(); c == '+' || c == '-' {
			s.i++
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	start := s.i
	for s.peek() >= '0' && s.peek() <= '9' {
		s.i++
	}
	return s.i > start
}
