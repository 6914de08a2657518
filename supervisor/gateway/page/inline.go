package page

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
)

// inline is what the page has in itself, so that a browser can paint it after one answer:
// its style, and the script that loads the other ones when that is done.
type inline struct {
	style  template.CSS
	script template.JS
	policy string // allows these two texts and no other, and the icon of a page that has lost its server
}

func readInline() inline {
	style, script := readAll("style/*"), readAll("start.js")
	return inline{
		style: template.CSS(style), script: template.JS(script),
		policy: "; style-src 'self' " + hashOf(style) + "; script-src 'self' " + hashOf(script) + "; img-src 'self' data:",
	}
}

// hashOf is how a Content-Security-Policy names a text.
func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// allow adds the two texts to the policy that every answer has.
func (i *inline) allow(h http.Header) {
	const policy = "Content-Security-Policy"
	h.Set(policy, h.Get(policy)+i.policy)
}
