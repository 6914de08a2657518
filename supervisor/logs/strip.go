package logs

import "bytes"

// strip removes the control sequences of terminals: ESC [, parameters, and a
// final byte (ECMA-48, 5.4). A sequence may be split over reads. supervisord
// knows 15 final bytes and, at any other, goes on to the next of those, which
// eats text.
type strip struct{ state stripState }

type stripState int

const (
	inText stripState = iota
	afterEscape
	inSequence
)

const escape = 0x1b

// pending says whether an escape that ended the last chunk was no sequence and
// belongs before data.
func (s *strip) pending(data []byte) bool {
	if s.state != afterEscape || len(data) == 0 || data[0] == '[' {
		return false
	}
	s.state = inText
	return true
}

// filter removes sequences from data in place and returns what is left.
func (s *strip) filter(data []byte) []byte {
	out := data[:0]
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch s.state {
		case inText:
			n := bytes.IndexByte(data[i:], escape)
			if n < 0 {
				return append(out, data[i:]...)
			}
			out = append(out, data[i:i+n]...)
			i += n
			s.state = afterEscape
		case afterEscape:
			switch c {
			case '[':
				s.state = inSequence
			case escape:
				out = append(out, c)
			default:
				out = append(out, escape, c)
				s.state = inText
			}
		case inSequence:
			switch {
			case c >= 0x20 && c < 0x40: // parameters
			case c >= 0x40 && c < 0x7f:
				s.state = inText
			case c == escape:
				s.state = afterEscape
			default: // not of a sequence
				out = append(out, c)
				s.state = inText
			}
		}
	}
	return out
}

// end says whether an escape is left over at the end.
func (s *strip) end() bool {
	left := s.state == afterEscape
	s.state = inText
	return left
}
