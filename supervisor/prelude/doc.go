// Package prelude is what happens before anything is started: its steps, in their order,
// each with its time and its result.
//
//	secrets    X_FILE=/run/secrets/x becomes X         (package variables)
//	sizing     CPUs and memory of the container         (package variables)
//	require    variables that have to be there          (package variables)
//	(the configuration is read)
//	setup      what the application declares is installed (package setup)
//	ownership  files belong to those who need them       (package ownership)
//	templates  files are made of templates               (package templates)
//	wait_for   other servers answer                      (package waitfor, in the gateway's binary)
//	hooks      scripts of the image                      (package scripts)
//
// The order has reasons. Secrets, sizing and require make the environment. They start no
// process and are cheap, so they come before the values of the configuration are expanded,
// and before the setup installs anything: a variable that is missing is told at once, and
// not after five minutes of pip. Sizing and require come after secrets, because a secret may
// be what is required, and require is last because sizing sets variables, too. Ownership
// comes after the setup, which may bring the user, and before the templates, which may write
// into a directory that has to belong to somebody. Hooks come last: they find what all other
// steps have made, and a database that answers.
//
// A Step is a value: a name and functions. A Driver runs steps, and knows nothing else of
// them; it starts nothing. The first error ends the prelude, and so does a stop signal,
// between two steps here, and in a step wherever that step waits. Each step can be done
// again: after kill -9 the next start begins with the first step, and what is done already
// costs a look.
//
// The wiring is in cmd/entry-point/prelude.go. A step that is new is a Step in one of its
// lists, a name in config (prelude.go) and a package below this one.
package prelude
