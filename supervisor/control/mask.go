package control

// hide lets mask hide the secrets in an answer. Names of programs and groups stay: they
// are what requests have to say. What programs have printed is theirs (Log), and what ctl
// prints is made of answers (Output).
func (a *Answer) hide(mask func(text string) string) {
	var texts [7]*string
	switch {
	case a.Info != nil:
		i := a.Info
		texts = [7]*string{&i.Identifier, &i.Source}
		for n := range i.Setup {
			s := &i.Setup[n]
			s.Name, s.Result = mask(s.Name), mask(s.Result)
		}
	case a.Program != nil:
		p := a.Program
		texts = [7]*string{&p.Why, &p.Reason, &p.LastEnd, &p.Verdict, &p.SpawnErr, &p.StdoutLog, &p.StderrLog}
	case a.Config != nil:
		c := a.Config
		texts = [7]*string{&c.Command, &c.Directory, &c.ServerURL, &c.Stdout.Logfile, &c.Stderr.Logfile}
	case a.Result != nil:
		texts = [7]*string{&a.Result.Text, &a.Result.SpawnErr}
	case a.Event != nil:
		texts[0] = &a.Event.Text
	case a.Detail != nil:
		d := a.Detail
		texts[0] = &d.Problem
		for i := range d.Settings {
			d.Settings[i] = mask(d.Settings[i])
		}
		for _, p := range d.Probes {
			p.Probe, p.Answer = mask(p.Probe), mask(p.Answer)
		}
	case a.Error != nil: // it may be one of those that are always there
		a.Error = &Error{a.Error.Code, mask(a.Error.Message)}
	}
	for _, text := range texts {
		if text != nil {
			*text = mask(*text)
		}
	}
}
