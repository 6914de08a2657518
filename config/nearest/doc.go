// Package nearest guesses which known name was meant by one that is not known: by
// how many letters have to be inserted, deleted, replaced or swapped with their
// neighbour (Damerau and Levenshtein). Everything that reads names from people asks
// it, the configuration as well as the command lines, so that a slip of the finger
// is answered in the same words everywhere.
package nearest
