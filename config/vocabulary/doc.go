// Package vocabulary is the shape in which a word that a user may write explains
// itself: a key of the configuration, an option, an environment variable, an event
// type, a profile, a signal, an exit code.
//
// Each vocabulary is one table, which lies where its words are acted on: a key of a
// program has its name, its type, its default, its help and the function that reads
// it in one row of package config. The help of the command line, the manual pages, the
// reference, the completion of shells and the JSON for editors are made of these
// tables (cmd/entry-point/help), so a word is described in one place.
//
// A table is data that the linker lays down. Nothing is built at the start, and the
// help is not read before somebody asks for it.
//
// The texts are plain English with one mark: what stands between two backquotes is
// typed as it is.
package vocabulary
