package variables

import "strings"

// paths are names that end in _FILE and are those of variables of real programs that read
// the file themselves; secrets = auto never takes them. A * at one end stands for anything.
// The list is a part of the help (topic secrets). It is never written.
var paths = [...]string{
	"ENTRYPOINT_*",                     // ours
	"*__FILE",                          // Grafana, Gitea: NAME__FILE is for them what NAME_FILE is for us
	"*SSL_CERT_FILE", "*TLS_CERT_FILE", // OpenSSL, Go, Nix; Bitnami's images
	"*SSL_KEY_FILE", "*TLS_KEY_FILE",
	"*SSL_CA_FILE", "*TLS_CA_FILE",
	"KC_HTTPS_*",                                         // Keycloak
	"*KEYTAB_FILE", "*KEYSTORE_FILE", "*TRUSTSTORE_FILE", // Kerberos, Java
	"*CREDENTIALS_FILE", "*CREDENTIAL_FILE", // AWS, IBM, Alibaba: files with several values
	"*IDENTITY_TOKEN_FILE", "*FEDERATED_TOKEN_FILE", // AWS, Azure, Tencent: tokens that change
	"*OIDC_TOKEN_FILE", "*AUTHORIZATION_TOKEN_FILE",
	"CLOUDSDK_*",     // gcloud
	"*CONFIG_FILE",   // Git, AWS, pip, OCI, RabbitMQ, New Relic
	"GIT_INDEX_FILE", // Git
	"OCI_CLI_*",      // Oracle's cloud
	"CONSUL_HTTP_TOKEN_FILE",
	"SOPS_AGE_KEY_FILE",
	"ANSIBLE_*",
	"MYSQL_TEST_LOGIN_FILE",
	"MINIO_CONFIG_ENV_FILE", "*ENV_FILE", "COMPOSE_FILE", // variables in files
	"UWSGI_*", // every option of uWSGI can be such a variable
	"*LOG_FILE", "*PID_FILE", "*LOCK_FILE",
}

// isPath says whether a variable whose name ends in _FILE is one of paths.
func isPath(name string) bool {
	for _, p := range paths {
		if end, ok := strings.CutPrefix(p, "*"); ok {
			if strings.HasSuffix(name, end) {
				return true
			}
		} else if begin, ok := strings.CutSuffix(p, "*"); ok && strings.HasPrefix(name, begin) || p == name {
			return true
		}
	}
	return false
}
