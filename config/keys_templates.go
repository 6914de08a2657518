package config

import "entrypoint/config/vocabulary"

// templatesKeys are the keys of [entrypoint] for the step templates of the prelude. It is never
// written.
var templatesKeys = []containerKey{
	{row{
		Name: "template", Type: vocabulary.List,
		Help: "Files that are made of templates before anything starts, and again when a program reloads: `SOURCE -> TARGET [MODE] [OWNER]`, a line or a comma for each. " +
			"`${X}`, `${X:-default}`, `${X:?reason}` and `${X:+text}` are replaced, `$X` is not; see `entry-point help templates`.",
		Example: "template = /app/nginx.conf.in -> /etc/nginx/nginx.conf",
	}, func(l *loader, k setting, t *text) (err error) {
		l.c.Prelude.Templates, err = l.templates(k, t)
		return err
	}},
}
