package variables

import (
	"slices"
	"strconv"

	"entrypoint/config/environ"
)

// ExplainSecrets says which variables Secrets would set. It reads no file.
func ExplainSecrets(o Options) (lines []string) {
	for _, s := range secretsOf(&o) {
		lines = append(lines, "sets "+s.name+" from "+s.path())
	}
	return lines
}

// ExplainSizing says what Sizing would set.
func ExplainSizing(o Options) []string {
	if !o.Keys.Sizing.Auto {
		return nil
	}
	r, err := Sizing(o)
	if err != nil {
		return nil // Sizing says why
	}
	return []string{r.What}
}

// ExplainRequire says which variables there have to be.
func ExplainRequire(o Options) (lines []string) {
	for i := range o.Keys.Require {
		r := &o.Keys.Require[i]
		line := r.Name + " has to be " + r.Expected()
		switch {
		case r.Optional && r.Default == "":
			line = r.Name + " may be empty"
		case r.Optional && (environ.Secret(r.Name) || slices.Contains(o.Secret, r.Name)):
			line += "; it has a default"
		case r.Optional:
			line += "; its default is " + strconv.Quote(r.Default)
		}
		lines = append(lines, line)
	}
	return lines
}
