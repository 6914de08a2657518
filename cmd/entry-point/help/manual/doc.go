// Package manual makes the manual pages entry-point(1) and entry-point.conf(5), and the
// reference in Markdown, of what package help knows. Only a test links it: what it makes
// is checked in (cmd/entry-point/man), and "go generate ./cmd/entry-point" writes it anew.
//
// The pages are in the man macros, in the part of them that groff and mandoc both have.
package manual
