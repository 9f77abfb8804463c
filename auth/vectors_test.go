package auth

import (
	"testing"

	"github.com/gotornado/tornado/httputil"
	"github.com/stretchr/testify/require"
)

// RFC 7636, appendix B.
func TestCodeChallengeOfRFC7636(t *testing.T) {
	args := pendingLogin{Verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}.arguments("client", AuthorizeOptions{})
	require.Contains(t, args, httputil.Pair{Name: "code_challenge", Value: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"})
}

// The example of RFC 5849, section 1.2 (the photos), whose signature is in Tornado too.
func TestSignatureOfRFC5849Photos(t *testing.T) {
	list := []oauthParameter{
		{"file", "vacation.jpg"}, {"size", "original"},
		{"oauth_consumer_key", "dpf43f3p2l4k3l03"}, {"oauth_token", "nnch734d00sl2jdk"}, {"oauth_signature_method", "HMAC-SHA1"},
		{"oauth_timestamp", "137131202"}, {"oauth_nonce", "chapoH"},
	}
	query := "http://photos.example.net/photos?file=vacation.jpg&size=original"
	got, err := sign("1.0a", "GET", query, list[2:], "kd94hf93k423kf44", "pfkkdhi9sl3r4s00")
	require.NoError(t, err)
	require.Equal(t, "MdpQcU8iPSUjWoN/UDMsK2sui9I=", got)
	// The parameters may also be in the form.
	got, err = sign("1.0a", "GET", "http://photos.example.net/photos", list, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00")
	require.NoError(t, err)
	require.Equal(t, "MdpQcU8iPSUjWoN/UDMsK2sui9I=", got)
}

// RFC 5849, section 3.4.1.1: query and form are normalized together, names are encoded too,
// and names may be repeated. In Tornado the query takes no part (auth-9).
func TestBaseStringOfRFC5849(t *testing.T) {
	uri, query, err := baseStringURI("http://EXAMPLE.com:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b")
	require.NoError(t, err)
	list := append(query, oauthParameter{"c2", ""}, oauthParameter{"a3", "2 q"},
		oauthParameter{"oauth_consumer_key", "9djdj82h48djs9d2"}, oauthParameter{"oauth_token", "kkk9d7dh3k39sjv7"},
		oauthParameter{"oauth_signature_method", "HMAC-SHA1"}, oauthParameter{"oauth_timestamp", "137131201"}, oauthParameter{"oauth_nonce", "7d8f3e4a"})
	require.Equal(t, "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26"+
		"oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26"+
		"oauth_token%3Dkkk9d7dh3k39sjv7", baseString("post", uri, list))
}

// RFC 5849, section 3.4.1.2.
func TestBaseStringURIs(t *testing.T) {
	for _, tt := range []struct{ url, want string }{
		{"http://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X"},
		{"https://www.example.net:8080/?q=1", "https://www.example.net:8080/"},
		{"HTTPS://example.net:443", "https://example.net/"},
		{"http://[::1]:80/a", "http://[::1]/a"},
	} {
		if got, _, err := baseStringURI(tt.url); got != tt.want || err != nil {
			t.Errorf("%s: %s %v, want %s", tt.url, got, err, tt.want)
		}
	}
}

// auth-10: the key is encoded in version 1.0a, and not in 1.0. Tornado computed the values.
func TestSignatureOfBothVersions(t *testing.T) {
	photos := baseString("GET", "http://photos.example.net/photos", []oauthParameter{
		{"file", "vacation.jpg"}, {"size", "original"}, {"oauth_consumer_key", "dpf43f3p2l4k3l03"}, {"oauth_token", "nnch734d00sl2jdk"},
		{"oauth_signature_method", "HMAC-SHA1"}, {"oauth_timestamp", "1191242096"}, {"oauth_nonce", "kllo9940pd9333jh"}, {"oauth_version", "1.0"}})
	other := baseString("GET", "http://example.com:80/p", []oauthParameter{{"a", "é ~"}, {"b", "1+2"}})
	for _, tt := range []struct{ version, base, secret, token, want string }{
		{"1.0", photos, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00", "tR3+Ty81lMeYAr/Fid0kMTYa/WM="},
		{"1.0a", photos, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00", "tR3+Ty81lMeYAr/Fid0kMTYa/WM="},
		{"1.0", other, "a&b~c d/é", "", "kST+EXzB4ZNfSz0cGOr73yRf7tM="},
		{"1.0a", other, "a&b~c d/é", "", "+wcwJi3SSkDh14/1XbeEVt70kHk="},
	} {
		if got := signHMAC(tt.version, tt.base, tt.secret, tt.token); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.version, got, tt.want)
		}
	}
}

// auth-21.
func TestAppSecretProof(t *testing.T) {
	require.Equal(t, "acfd7bf387812b4573cb41ee97a15f8460f7d0c60ef5434a3ebbbd1ef43b21ec", appSecretProof("csecret", "AT"))
}

// auth-11: a token response is a form. Other fields are kept, and blank ones are dropped.
func TestOAuthTokenResponses(t *testing.T) {
	got, err := parseOAuthToken([]byte("oauth_token=k&oauth_token_secret=s&user_id=1&user_id=2&blank="))
	require.NoError(t, err)
	require.Equal(t, OAuthToken{Key: "k", Secret: "s", Extra: map[string]string{"user_id": "1"}}, *got)
	for _, body := range []string{"", "oauth_token=k", "oauth_token_secret=s", "oauth_token=&oauth_token_secret=s", "%zz", "<html>", `{"oauth_token":"k"}`} {
		if _, err := parseOAuthToken([]byte(body)); err == nil {
			t.Errorf("%q is accepted", body)
		}
	}
}

func FuzzOAuthTokenResponse(f *testing.F) {
	f.Add("oauth_token=k&oauth_token_secret=s&user_id=1")
	f.Fuzz(func(t *testing.T, body string) {
		if token, err := parseOAuthToken([]byte(body)); err == nil && (token.Key == "" || token.Secret == "") {
			t.Errorf("%q: a token without a key or a secret", body)
		}
	})
}

// Only bytes that an error response may have reach an error text, and not many.
func FuzzErrorFields(f *testing.F) {
	f.Add(`{"error":"invalid_grant","error_description":"é\n"}`)
	f.Add(`{"error":{"type":"OAuthException","message":"x"}}`)
	f.Fuzz(func(t *testing.T, body string) {
		e := refusal(errorFields([]byte(body)))
		for _, text := range []string{e.Code, e.Description} {
			if text == "" || len(text) > maxErrorText || printable(text) != text {
				t.Errorf("%q: %q", body, text)
			}
		}
	})
}
