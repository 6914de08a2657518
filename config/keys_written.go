package config

// Written is a program, by its full name, and the keys that it has in the files, as
// "FILE:LINE: [SECTION] KEY = VALUE" with nothing expanded: those of its own section, and
// then those of [program-default]. The values of environment, where passwords stand, are
// left out. nil: there is no such program. It needs Options.Check.
func (c *Config) Written(name string) (*Program, []string) {
	for _, p := range c.Programs {
		if p.FullName() != name {
			continue
		}
		keys := c.keys[p]
		list := make([]string, len(keys))
		for i := range keys {
			k := &keys[i]
			list[i] = place(k.File, k.Line) + ": [" + k.section + "] " + k.Name + " = "
			if k.Name != "environment" {
				list[i] += k.Value
			}
		}
		return p, list
	}
	return nil, nil
}
