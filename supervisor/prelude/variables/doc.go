// Package variables makes the environment of a container before anything in it starts:
// three steps of the prelude, each a function from an environment, the keys of
// [entrypoint], files and the container's limits to a new environment.
//
//   - Secrets gives X the content of the file that X_FILE names, and drops X_FILE, as
//     file_env of the images of postgres, mysql and WordPress does it for a few names.
//   - Sizing says how large the container is (ENTRYPOINT_CPUS, ENTRYPOINT_MEMORY_MB), and
//     with sizing = auto how many workers that is.
//   - Require looks whether the variables of require_env are there and look as they
//     have to, and sets the defaults of those that are not.
//
// They run in this order, because a required variable may come from a file or be one that
// sizing sets, and before the configuration is expanded, because its values may name any of
// them. They start no process and write no file. Each is told the environment as it was
// given to the container, so that a reload of the configuration makes it again: a secret
// that has been rotated is read from its file.
//
// # Which variables are secrets
//
// Many programs have variables of their own whose names end in _FILE and that name a file
// which they read themselves: SSL_CERT_FILE, AWS_WEB_IDENTITY_TOKEN_FILE, COMPOSE_FILE.
// To take these would break the programs. So secrets = auto takes X_FILE only where the
// file lies below a directory of secrets or require_env wants X, and never a name of a list
// (names.go), for those programs may well have their files below /run/secrets, too. Who
// wants one of them names it in secrets =, which is always obeyed.
//
// The environment comes from whoever runs the container, and is trusted. The directories
// need not be: files are opened by supervisor/safefile, so that no user of the container
// leads root to another file by a link. The links of Kubernetes (x -> ..data/x) are root's
// in a directory of root's, and are followed. Where a file lies is decided by the path as
// it is written, less its dots: /run/secrets/../../etc/shadow is not below /run/secrets.
//
// # What is a mistake
//
// X and X_FILE are both set; the file cannot be read, is no regular file, holds a NUL byte
// or more than a variable can (128 KB with its name); the file is missing and somebody has
// asked for it, by secrets = or by require_env. A file below /run/secrets that is missing
// and that nobody has asked for is said and left alone: its program may be able to do
// without. An X_FILE that is empty counts as not set, as with file_env. An X that is empty
// counts as not set likewise.
//
// One line end is taken off the end of the content, "\n" or "\r\n": editors and echo put it
// there, on Windows the latter. Everything else is kept.
//
// No message shows the value of a secret. A value of X_FILE is shown only where it is an
// absolute path, for people write the secret itself there by mistake.
package variables
