package environ

import (
	"strings"
	"testing"
)

// TestSecret: a name says whether its value is a secret.
func TestSecret(t *testing.T) {
	for _, name := range strings.Fields(`
		PASSWORD DB_PASSWORD PGPASSWORD MYSQL_PWD REDIS_PASS SSH_PASSPHRASE db-password dbPassword PASSWORD2 POSTGRES_PASSWORD_PROD
		TOKEN GITHUB_TOKEN GITHUBTOKEN accessToken API_KEY APIKEY apiKey AWS_SECRET_ACCESS_KEY SECRET_KEY_BASE DJANGO_SECRET_KEY KEY KEY_1
		CLIENT_SECRET JWT_SECRETS GOOGLE_CREDENTIALS spring.datasource.password STRIPE_SECRET_KEY PUBLIC_KEY_PASSWORD --token`) {
		if !Secret(name) {
			t.Errorf("%s is no secret", name)
		}
	}
	for _, name := range strings.Fields(`
		PATH HOME PWD OLDPWD KEYBOARD MONKEY PASSENGER COMPASS TOKENIZER AWS_ACCESS_KEY_ID SSH_KEY_PATH CACHE_KEY_PREFIX DB_PASSWORD_FILE
		TOKEN_TTL TOKEN_URL PASSWORD_MIN_LENGTH PASSWORD_RESET_TIMEOUT STRIPE_PUBLISHABLE_KEY PUBLIC_KEY SSH_AUTH_SOCK DATABASE_URL _ =`) {
		if Secret(name) {
			t.Errorf("%s is a secret", name)
		}
	}
	if Secret("") {
		t.Error("no name is a secret")
	}
}
