package nearest

// Hint is the end of a message about a name that is not known: " (did you mean
// status?)", or nothing where no candidate is near.
func Hint(s string, candidates []string) string {
	if near := Name(s, candidates); near != "" {
		return " (did you mean " + near + "?)"
	}
	return ""
}

// Name returns the candidate that s was probably meant to be, or "".
func Name(s string, candidates []string) string {
	if len(s) > 64 {
		return ""
	}
	best, least := "", min(max(1, len(s)/3), len(s)-1)
	for _, c := range candidates {
		if len(c) > len(s)+least || len(s) > len(c)+least {
			continue
		}
		if d := distance(s, c); d <= least && (d < least || best == "") {
			best, least = c, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour that makes b of a.
func distance(a, b string) int {
	// Three rows of the table of distances between prefixes.
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			d := last[j]
			if a[i] != b[j] {
				d = min(d, last[j+1], row[j]) + 1
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, before[j-1]+1)
			}
			row[j+1] = d
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
