// Package profile knows the servers and workers that containers run: what each
// needs to be supervised well. It recognises a program by its command line, and
// says what keeps it in the foreground, which signals stop it, reload it and let
// it open its logs again, where it answers when it is ready, and which command
// checks its configuration.
//
// Of is the way in. command.go finds the program behind what starts it (env,
// gosu, python3 -m, sh -c "exec ..."). The table (table.go) has one row for each
// program with all that is the same wherever it runs; a row's read function adds
// what depends on the command line, the environment, and the files that these
// name. Nothing is read for a program that is not recognised.
//
// The files are read by small scanners of our own, one for each way of writing:
//
//	nginx.conf              the main context's simple directives, includes followed
//	uWSGI's ini             all options of one section, includes followed; none
//	                        between if-... or for and their ends
//	uWSGI's yaml            "key: value", and lists, below "uwsgi:"; no anchors, no
//	                        flow style, no text over several lines
//	uWSGI's xml             <key>value</key> and <key/> in <uwsgi>; no CDATA
//	gunicorn.conf.py,       "name = value" (Ruby: "name value") at the beginning of a
//	puma.rb, unicorn.rb     line, where value is a literal
//	php-fpm's ini           listen, daemonize and process_control_timeout, includes followed
//	haproxy.cfg             bind, daemon and master-worker
//	httpd.conf              Listen outside of <blocks>, includes followed
//
// What they cannot read stays unknown, and an address is told only where it is
// sure: a program that is asked for at the wrong one would never be ready.
package profile
