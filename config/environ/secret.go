package environ

import "strings"

// What the words of a variable's name say, in small letters.
const (
	// secretWords say that the value is a secret; as the end of a word, the longer ones
	// do, too: PGPASSWORD, GITHUBTOKEN.
	secretWords = " password passwords passwd pass passphrase passcode pwd token tokens secret secrets key keys apikey credential credentials "
	secretEnds  = " password passwd passphrase token secret apikey secretkey "
	// aboutWords, where one is the last word, say that the value is something about a
	// secret: AWS_ACCESS_KEY_ID, SSH_KEY_PATH, CACHE_KEY_PREFIX, TOKEN_TTL.
	aboutWords = " id ids path file files dir directory folder name names prefix suffix type length len size bits ttl age timeout " +
		"expiry expires expire expiration lifetime interval count max min limit header host port url uri endpoint user username " +
		"algorithm alg policy enabled required format version mode issuer audience class provider rounds seconds minutes hours days "
	// openWords, before "key", say that it is not secret: STRIPE_PUBLISHABLE_KEY.
	openWords = " public publishable primary foreign partition sort "
)

// Secret says whether the name of a variable, or of an option, looks as if its value were
// a secret. Its words are separated by what is neither letter nor digit, and by a capital
// after a small letter; digits at the end of a word do not count.
func Secret(name string) bool {
	if !mayBe(name) {
		return false
	}
	found, open, last, count := false, false, "", 0
	for name != "" {
		var word string
		if word, name = nextWord(name); word == "" {
			continue
		}
		count++
		last = word
		key := word == "key" || word == "keys"
		found = found || is(word, secretWords) && !(key && open) || endsSecret(word)
		open = is(word, openWords)
	}
	return found && !is(last, aboutWords) && !(last == "pwd" && count == 1) // PWD is the working directory
}

// mayBe says whether a word of a secret is anywhere in a name. Nearly none has one, and a
// thousand programs have many variables.
func mayBe(name string) bool {
	for i := range len(name) {
		part := ""
		switch name[i] | 0x20 {
		case 'p':
			if part = "pass"; i+1 < len(name) && name[i+1]|0x20 == 'w' {
				part = "pwd"
			}
		case 't':
			part = "token"
		case 's':
			part = "secret"
		case 'k':
			part = "key"
		case 'c':
			part = "credential"
		}
		if part != "" && i+len(part) <= len(name) && strings.EqualFold(name[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

// nextWord cuts the first word off, in small letters and without digits at its end.
func nextWord(name string) (word, rest string) {
	n := 0
	for n < len(name) && letter(name[n]) && !(n > 0 && 'A' <= name[n] && name[n] <= 'Z' && 'a' <= name[n-1] && name[n-1] <= 'z') {
		n++
	}
	word, rest = strings.TrimRight(strings.ToLower(name[:n]), "0123456789"), name[n:]
	if n == 0 {
		rest = name[1:]
	}
	return word, rest
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' }

func is(word, list string) bool { return strings.Contains(list, " "+word+" ") }

func endsSecret(word string) bool {
	for word != "" && !is(word, secretEnds) {
		word = word[1:]
	}
	return word != ""
}
