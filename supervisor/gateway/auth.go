package gateway

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"

	"entrypoint/supervisor/gateway/api"
)

// login is what a client has to know, hashed: the time of a comparison says
// nothing then, also not how long a name is.
type login struct {
	user, password [sha256.Size]byte
	sha            bool // the password is known as {SHA}hex only
}

const shaPrefix = "{SHA}"

func newLogin(user, password string) *login {
	l := &login{user: sha256.Sum256([]byte(user))}
	if len(password) >= len(shaPrefix) && strings.EqualFold(password[:len(shaPrefix)], shaPrefix) {
		l.sha = true
		password = strings.ToLower(password[len(shaPrefix):])
	}
	l.password = sha256.Sum256([]byte(password))
	return l
}

// knows says whether a request has the right name and password.
func (l *login) knows(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	if l.sha {
		sum := sha1.Sum([]byte(password)) // supervisord's format
		password = hex.EncodeToString(sum[:])
	}
	u, p := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
	same := subtle.ConstantTimeCompare(u[:], l.user[:]) & subtle.ConstantTimeCompare(p[:], l.password[:])
	return ok && same == 1
}

// authenticated asks for the password of a socket.
func authenticated(s *Socket, next http.Handler) http.Handler {
	if s.Username == "" {
		return next
	}
	l := newLogin(s.Username, s.Password)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case l.knows(r):
			next.ServeHTTP(w, r)
		case isProbe(r.URL.Path):
			next.ServeHTTP(w, r.WithContext(asStranger(r.Context())))
		default:
			w.Header().Set("WWW-Authenticate", `Basic realm="default"`)
			w.Header().Set("Connection", "close")
			api.Refuse(w, r, api.Unauthorized, "a name and a password are needed")
		}
	})
}
