package ownership

import (
	"os"
	"strconv"
	"strings"

	"entrypoint/config/account"
	"entrypoint/supervisor/prelude/ownership/accountfile"
)

// usualName is what OpenShift's images call the user who has no entry.
const usualName = "default"

// isNameless says whether our user has no entry in passwd, or one that an earlier start has
// added: then e has it.
func (o *Options) isNameless() (passwd string, e *account.Entry, is bool) {
	if o.uid() == 0 {
		return "", nil, false
	}
	passwd, err := o.Files.ReadPasswd()
	if err != nil {
		return "", nil, false
	}
	entry, found := account.ByUID(passwd, o.uid())
	if !found {
		return passwd, nil, true
	}
	return passwd, &entry, strings.Contains(passwd, account.Line(&entry))
}

// nameless gives a user without an entry in passwd what others have of theirs, and says
// so: a HOME, a USER, and the entry, if he may write it.
func (o *Options) nameless() (what string) {
	passwd, known, is := o.isNameless()
	if !is {
		return ""
	}
	e := &account.Entry{Name: o.nameFor(passwd), UID: o.uid(), GID: os.Getegid()}
	if known != nil {
		e.Name = known.Name
	}
	what = o.settleHome(e)
	for _, name := range [...]string{"USER", "LOGNAME"} {
		if o.Getenv(name) == "" {
			o.Setenv(name, e.Name)
		}
	}
	if known != nil {
		return what
	}
	if what != "" {
		what += ", "
	}
	if added, err := accountfile.Append(o.Files.Passwd, e); err != nil || !added { // most images do not let him
		return what + "user " + strconv.Itoa(e.UID) + " has no name in " + o.Files.Passwd
	}
	return what + "user " + strconv.Itoa(e.UID) + " is " + e.Name + " in " + o.Files.Passwd
}

// settleHome sees to it that HOME can be written, and says what it has done.
func (o *Options) settleHome(e *account.Entry) (what string) {
	e.Home = o.Getenv("HOME")
	switch home, why := o.Home(); {
	case home != "":
		e.Home = home
		o.Setenv("HOME", home)
		what = "HOME is " + home
	case why != "":
		o.Log("ownership: HOME is " + strconv.Quote(e.Home) + ", which user " + strconv.Itoa(e.UID) + " cannot write, and " + why)
	}
	if e.Home == "" || !isField(e.Home) {
		e.Home = "/"
	}
	return what
}

// nameFor is a name that nobody has.
func (o *Options) nameFor(passwd string) string {
	for _, name := range [...]string{o.Getenv("USER"), usualName} {
		if _, taken := account.ByName(passwd, name); !taken && account.IsName(name) {
			return name
		}
	}
	return "user" + strconv.Itoa(o.uid())
}

// isField says whether a text can be a field of passwd.
func isField(s string) bool {
	for _, c := range []byte(s) {
		if c == ':' || c < ' ' {
			return false
		}
	}
	return true
}

// explainNameless says what nameless would do.
func (o *Options) explainNameless() []string {
	passwd, known, is := o.isNameless()
	if !is || known != nil {
		return nil
	}
	return []string{"user " + strconv.Itoa(o.uid()) + " has no entry in " + o.Files.Passwd + ": USER is " + o.nameFor(passwd) +
		", HOME a directory that it can write, and the entry is added where " + o.Files.Passwd + " may be written"}
}
