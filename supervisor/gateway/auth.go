package gateway

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"

	"entrypoint/supervisor/gateway/api"
	"entrypoint/supervisor/gateway/route"
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

// authenticated asks for one of the passwords of a socket, and notes what who has said it
// may do. Where there is none, whoever can connect may do everything.
func authenticated(s *Socket, next http.Handler) http.Handler {
	as := func(right route.Right, w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(route.As(r.Context(), right)))
	}
	if s.Username == "" {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { as(route.Operator, w, r) })
	}
	operator, reader := newLogin(s.Username, s.Password), newLogin(s.Reader, s.ReaderPassword)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		operates := operator.knows(r)
		reads := reader.knows(r) && s.Reader != ""
		switch {
		case operates:
			as(route.Operator, w, r)
		case reads:
			as(route.Reader, w, r)
		case isProbe(r.URL.Path):
			as(route.Anyone, w, r)
		default:
			w.Header().Set("WWW-Authenticate", `Basic realm="default"`)
			w.Header().Set("Connection", "close")
			api.Refuse(w, r, api.Unauthorized, "a name and a password are needed")
		}
	})
}
