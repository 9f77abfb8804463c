package httpclient

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// A digestAuth is an accepted challenge of Digest authentication (RFC 7616), with the
// credentials that match it.
type digestAuth struct {
	login     credentials // normalized
	realm     string
	nonce     string
	opaque    string
	hasOpaque bool
	algorithm string // the algorithm as the server spells it; "" if the server names none
	hash      func() hash.Hash
	session   bool // the algorithm ends with "-sess"
	qop       bool // the server offers qop=auth
	userhash  bool // the user is sent hashed
	cnonce    string
	count     int // requests with this nonce
}

// digestHashes are the supported algorithms, the best one first.
var digestHashes = []struct {
	name string
	hash func() hash.Hash
}{{"SHA-512-256", sha512.New512_256}, {"SHA-256", sha256.New}, {"MD5", md5.New}}

// afterChallenge returns the state after a challenge, or nil if no challenge can be used. d
// is the state before it, or nil. A second challenge means that the credentials are wrong,
// unless it says that only the nonce was too old.
func (d *digestAuth) afterChallenge(values []string, login credentials) *digestAuth {
	challenge := bestChallenge(values)
	if challenge == nil {
		return nil
	}
	if d != nil && (!httputil.EqualFold(challenge["stale"], "true") || challenge["nonce"] == d.nonce) {
		return nil
	}
	return newDigestAuth(challenge, login.normalized())
}

// newDigestAuth returns the state after a challenge that supportedHash accepts.
func newDigestAuth(challenge map[string]string, login credentials) *digestAuth {
	opaque, hasOpaque := challenge["opaque"]
	algorithm := challenge["algorithm"]
	_, rank := supportedHash(algorithm)
	return &digestAuth{
		login: login, realm: challenge["realm"], nonce: challenge["nonce"], opaque: opaque, hasOpaque: hasOpaque,
		algorithm: algorithm, hash: digestHashes[rank].hash,
		session:  strings.HasSuffix(strings.ToUpper(algorithm), "-SESS"),
		qop:      challenge["qop"] != "",
		userhash: httputil.EqualFold(challenge["userhash"], "true"),
		cnonce:   rand.Text(),
	}
}

// bestChallenge returns the parameters of the Digest challenge with the best supported
// algorithm, or nil.
func bestChallenge(values []string) map[string]string {
	var best map[string]string
	bestRank := len(digestHashes)
	for _, value := range values {
		for _, c := range parseChallenges(value) {
			if !httputil.EqualFold(c.scheme, "Digest") || c.parameters["nonce"] == "" || !offersAuth(c.parameters["qop"]) {
				continue
			}
			if ok, rank := supportedHash(c.parameters["algorithm"]); ok && rank < bestRank {
				best, bestRank = c.parameters, rank
			}
		}
	}
	return best
}

// supportedHash reports whether an algorithm is supported, and its index in digestHashes.
func supportedHash(algorithm string) (ok bool, rank int) {
	name := strings.TrimSuffix(strings.ToUpper(algorithm), "-SESS")
	if name == "" {
		name = "MD5"
	}
	for rank, h := range digestHashes {
		if h.name == name {
			return true, rank
		}
	}
	return false, 0
}

// offersAuth reports whether a list of qop values is empty or contains auth. The protection
// of bodies, auth-int, is not supported.
func offersAuth(qop string) bool {
	if qop == "" {
		return true
	}
	for option := range strings.SplitSeq(qop, ",") {
		if httputil.EqualFold(strings.TrimSpace(option), "auth") {
			return true
		}
	}
	return false
}

// authorization returns the value of the Authorization header for a request, and counts it.
func (d *digestAuth) authorization(method, target string) string {
	d.count++
	nc := fmt.Sprintf("%08x", d.count)
	user := d.login.user
	if d.userhash {
		user = d.sum(user, d.realm)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Digest username=%s, realm=%s, nonce=%s, uri=%s, response=%s", quote(user), quote(d.realm),
		quote(d.nonce), quote(target), quote(d.response(method, target, nc)))
	if d.algorithm != "" {
		fmt.Fprintf(&b, ", algorithm=%s", d.algorithm)
	}
	if d.qop {
		fmt.Fprintf(&b, ", qop=auth, nc=%s, cnonce=%s", nc, quote(d.cnonce))
	}
	if d.hasOpaque {
		fmt.Fprintf(&b, ", opaque=%s", quote(d.opaque))
	}
	if d.userhash {
		b.WriteString(", userhash=true")
	}
	return b.String()
}

// response returns the proof that the client knows the password (RFC 7616, section 3.4.1).
func (d *digestAuth) response(method, target, nc string) string {
	secret := d.sum(d.login.user, d.realm, d.login.password)
	if d.session {
		secret = d.sum(secret, d.nonce, d.cnonce)
	}
	if d.qop {
		return d.sum(secret, d.nonce, nc, d.cnonce, "auth", d.sum(method, target))
	}
	return d.sum(secret, d.nonce, d.sum(method, target))
}

// sum returns the hash of the parts, with colons between them, in hexadecimal.
func (d *digestAuth) sum(parts ...string) string {
	h := d.hash()
	h.Write([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(h.Sum(nil))
}

// quote returns a quoted-string (RFC 9110, section 5.6.4).
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// A challenge is one challenge of WWW-Authenticate or Proxy-Authenticate.
type challenge struct {
	scheme     string
	parameters map[string]string // by name in lower case
}

// parseChallenges parses the value of WWW-Authenticate (RFC 9110, section 11.6.1). It ends at
// the first byte that does not fit the grammar.
func parseChallenges(value string) []challenge {
	var found []challenge
	for {
		value = strings.TrimLeft(value, " \t,")
		name := tokenPrefix(value)
		if name == "" {
			return found
		}
		rest := strings.TrimLeft(value[len(name):], " \t")
		if !strings.HasPrefix(rest, "=") || len(found) == 0 { // a scheme, not a parameter
			found = append(found, challenge{name, map[string]string{}})
			value = skipToken68(rest)
			continue
		}
		parameter, after, ok := parseParameter(strings.TrimLeft(rest[1:], " \t"))
		if !ok {
			return found
		}
		found[len(found)-1].parameters[strings.ToLower(name)] = parameter
		value = after
	}
}

// skipToken68 returns s without the token68, such as that of Negotiate, at its start.
func skipToken68(s string) string {
	end := 0
	for end < len(s) && (httputil.IsTokenByte(s[end]) || s[end] == '/') {
		end++
	}
	padded := end
	for padded < len(s) && s[padded] == '=' {
		padded++
	}
	if rest := strings.TrimLeft(s[padded:], " \t"); end > 0 && (rest == "" || rest[0] == ',') {
		return rest
	}
	return s
}

// tokenPrefix returns the longest token at the start of s.
func tokenPrefix(s string) string {
	n := 0
	for n < len(s) && httputil.IsTokenByte(s[n]) {
		n++
	}
	return s[:n]
}

// parseParameter parses a token or quoted-string at the start of s.
func parseParameter(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		value = tokenPrefix(s)
		return value, s[len(value):], value != ""
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], true
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}
