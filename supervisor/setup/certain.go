package setup

import (
	"slices"
	"strings"
)

// marks are words in the output of tools that mean a failure which another attempt
// cannot mend: a missing file or version, a wrong hash, a lock file that does not fit, a
// permission. They count only if nothing in the output points to a network that is away,
// because a tool that has reached no archive also says that it has found nothing.
//
// The ones that tell a reader best what to mend come first.
var marks = [...]string{
	// pip, uv
	"DO NOT MATCH THE HASHES", "Hashes are required in --require-hashes mode", "Hash mismatch for",
	"Could not open requirements file", "Could not open constraints file", "Invalid requirement",
	"No matching distribution found for", "conflicting dependencies", "ResolutionImpossible",
	"requires a different Python", "No solution found when resolving", "File not found: ",
	"neither 'setup.py' nor 'pyproject.toml' found", "Expected file to exist", "looks like a path. File",
	// npm
	"from lock file", "Invalid: lock file's", "No matching version found for", "is not in this registry", "404 Not Found - ", "JSON.parse ", "code EINTEGRITY", "code ERESOLVE",
	"code EJSONPARSE", "code EUSAGE", "code ETARGET", "code E404", "code EBADENGINE", "code EBADPLATFORM", "code ENOENT",
	// yarn, pnpm
	"lockfile needs to be updated", "lockfile would have been modified", "Couldn't find any versions for", "Couldn't find package",
	"Integrity check failed", "Incorrect integrity when fetching", "YN0018", "YN0028", "YN0082", "ERR_PNPM_OUTDATED_LOCKFILE", "ERR_PNPM_NO_MATCHING_VERSION",
	"ERR_PNPM_TARBALL_INTEGRITY", "ERR_PNPM_FETCH_404", "ERR_PNPM_LINKED_PKG_DIR_NOT_FOUND",
	// bundle, composer
	"Could not find gem", "Could not find compatible versions", "There was an error parsing", "requires a lockfile", "frozen mode",
	"The dependencies in your gemfile changed", "Your Ruby version is", "checksum verification",
	"is not present in the lock file", "could not be resolved to an installable set", "does not contain valid JSON",
	// apt-get, apk, dnf, yum, zypper, pacman
	"Unable to locate package", "' was not found", "has no installation candidate", "held broken packages",
	"(no such package)", "unable to select packages", "Unable to find a match", "No match for argument", "nothing provides",
	"No provider of", "not found in package names", "target not found",
	// all
	"EACCES", "Permission denied", "permission denied", "EROFS", "Read-only file system",
}

// away are words, in lower case, for a network or a mirror that is away, or a lock that is
// held: it may be different in a moment.
var away = [...]string{
	"retrying (retry(", "temporary failure", "temporary error", "name resolution", "could not resolve", "couldn't resolve", "getaddrinfo",
	"connection refused", "connection reset", "connection timed out", "connection was aborted", "connection broken", "could not connect",
	"connection failed", "newconnectionerror", "network is unreachable", "network error", "no route to host", "timed out", " timeout", "timeouterror",
	"econnrefused", "econnreset", "etimedout", "eai_again", "enotfound", "socket hang up", "failed to fetch", "failed to download",
	"curl error", "error sending request", "dns error", "try again", "could not get lock", "is locked by", "unable to lock database",
	"status code 5", "http 50", " 502 ", " 503 ", " 504 ",
}

// reason returns the line that says best why a command has failed, or "". certain means
// that no further attempt can help.
func reason(lines []string) (line string, certain bool) {
	certain = true
	for _, l := range lines {
		if certain && isAway(l) {
			certain = false
		}
	}
	for _, mark := range marks {
		if i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, mark) }); i >= 0 {
			return strings.TrimSpace(lines[i]), certain
		}
	}
	return "", false
}

func isAway(line string) bool {
	line = strings.ToLower(line)
	return slices.ContainsFunc(away[:], func(word string) bool { return strings.Contains(line, word) })
}

// showing picks at most most lines of a failed command's output: the last ones and, if
// there are errors before them, the first of those. The last lines alone often say only
// how the tool is used, or where its log is.
func showing(lines []string, most int) []string {
	if len(lines) <= most {
		return lines
	}
	const errorsShown = 8
	errs := []string{}
	for _, line := range lines {
		if len(errs) < errorsShown && isError(line) {
			errs = append(errs, line)
		}
	}
	if line, _ := reason(lines); line != "" && !slices.ContainsFunc(errs, func(l string) bool { return strings.TrimSpace(l) == line }) {
		errs = append(errs[:min(len(errs), errorsShown-1)], line)
	}
	tail := lines[len(lines)-(most-len(errs)-1):]
	for len(errs) > 0 && slices.Contains(tail, errs[len(errs)-1]) {
		errs = errs[:len(errs)-1]
	}
	if len(errs) == 0 {
		return lines[len(lines)-most:]
	}
	return append(append(errs, "..."), tail...)
}

// isError says whether a line looks like an error message with some content.
func isError(line string) bool {
	small := strings.ToLower(strings.TrimSpace(line))
	for _, word := range [...]string{"npm err!", "npm error"} {
		if rest, ok := strings.CutPrefix(small, word); ok {
			return strings.TrimSpace(rest) != ""
		}
	}
	return strings.Contains(small, "error") || strings.HasPrefix(small, "e: ") || strings.Contains(small, "fatal:") || strings.Contains(small, "cannot ")
}
