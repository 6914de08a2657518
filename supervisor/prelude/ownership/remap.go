package ownership

import (
	"strconv"

	"entrypoint/config/account"
)

// remap gives the user of PUID and PGID his numbers in passwd and group, and says so if
// that was new.
func (o *Options) remap() (what string) {
	if o.uid() != 0 {
		return "" // the configuration has seen to it that they are ours already
	}
	r := o.Settings.Remap
	passwd, group, err := o.Files.Read()
	if err == nil {
		if who := r.Holders(passwd, group); who != "" {
			o.Log("ownership: " + who)
		}
	}
	changed, err := o.Files.Remap(r)
	switch {
	case err != nil:
		o.Log("ownership: " + err.Error() + ": " + r.Name + " is " + numbers(r) + " all the same, but tools do not see the name")
		return ""
	case !changed:
		return ""
	}
	return r.Name + " is " + numbers(r) + " now"
}

// explainRemap says what remap would do.
func (o *Options) explainRemap() []string {
	r := o.Settings.Remap
	if r == nil || o.uid() != 0 {
		return nil
	}
	passwd, group, err := o.Files.Read()
	if err != nil {
		return []string{err.Error()}
	}
	line := r.Name + " is " + numbers(r)
	if newPasswd, newGroup := r.Apply(passwd, group); newPasswd != passwd || newGroup != group {
		line += ", in " + o.Files.Passwd + " and " + o.Files.Group + " as well"
	}
	if who := r.Holders(passwd, group); who != "" {
		line += " (" + who + ")"
	}
	return []string{line}
}

// numbers are the numbers of a user as text.
func numbers(r *account.Remap) string {
	switch {
	case r.GID == account.Keep:
		return "user " + strconv.Itoa(r.UID)
	case r.UID == account.Keep:
		return "in group " + strconv.Itoa(r.GID)
	}
	return strconv.Itoa(r.UID) + ":" + strconv.Itoa(r.GID)
}
