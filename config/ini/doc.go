// Package ini turns bytes into sections, in supervisord's dialect of the INI
// format: what Python's RawConfigParser accepts when it is not strict and when
// both ";" and "#" begin inline comments. It knows nothing of programs.
//
// The rules that surprise people, all of them supervisord's:
//
//   - ";" or "#" begins a comment at the start of a line and after white
//     space, even inside quotes. "a;b" and "a#b" are text.
//   - A line that is indented more than the key above it continues that key's
//     value, whatever it looks like. The lines are joined with "\n". Comment
//     lines between them are skipped, empty lines are kept.
//   - "=" or ":", whichever comes first, ends the key. Keys are lower-cased,
//     section names are not, and are not trimmed inside their brackets.
//   - A section that appears twice is one section; a key that appears twice has
//     its last value. The keys of [DEFAULT] are the defaults of every section.
//     Included files are merged with the same rules: Read each of them, Merge,
//     and Inherit at the end.
//
// Better than there: a byte order mark is accepted, and every error of the
// file is returned, each with its line. A comment that begins where a quotation
// mark is open is noted (Key.OpenQuote).
package ini
