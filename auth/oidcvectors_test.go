package auth_test

import (
	"testing"
	"time"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/web"
	"github.com/stretchr/testify/require"
)

// These are examples of OpenID Connect Core, appendices A.2 (an id_token), A.3 (an id_token with
// at_hash, and its access token) and A.7 (the key).
const (
	exampleIDToken = "eyJraWQiOiIxZTlnZGs3IiwiYWxnIjoiUlMyNTYifQ.ewogImlzcyI6ICJodHRwczovL3NlcnZlci5leGFtcGxlLmNvbSIsCiAic3ViIjogIjI0ODI4OTc2MTAwMSIsC" +
		"iAiYXVkIjogInM2QmhkUmtxdDMiLAogIm5vbmNlIjogIm4tMFM2X1d6QTJNaiIsCiAiZXhwIjogMTMxMTI4MTk3MCwKICJpYXQiOiAxMzExMjgwOTcwLAogIm5hbWUiO" +
		"iAiSmFuZSBEb2UiLAogImdpdmVuX25hbWUiOiAiSmFuZSIsCiAiZmFtaWx5X25hbWUiOiAiRG9lIiwKICJnZW5kZXIiOiAiZmVtYWxlIiwKICJiaXJ0aGRhdGUiOiAiM" +
		"DAwMC0xMC0zMSIsCiAiZW1haWwiOiAiamFuZWRvZUBleGFtcGxlLmNvbSIsCiAicGljdHVyZSI6ICJodHRwOi8vZXhhbXBsZS5jb20vamFuZWRvZS9tZS5qcGciCn0.N" +
		"TibBYW_ZoNHGm4ZrWCqYA9oJaxr1AVrJCze6FEcac4t_EOQiJFbD2nVEPkUXPuMshKjjTn7ESLIFUnfHq8UKTGibIC8uqrBgQAcUQFMeWeg-PkLvDTHk43Dn4_aNrxhm" +
		"WwMNQfkjqx3wd2Fvta9j8yG2Qn790Gwb5psGcmBhqMJUUnFrGpyxQDhFIzzodmPokM7tnUxBNj-JuES_4CE-BvZICH4jKLp0TMu-WQsVst0ss-vY2RPdU1MzL59mq_eK" +
		"k8Rv9XhxIr3WteA2ZlrgVyT0cwH3hlCnRUsLfHtIEb8k1Y_WaqKUu3DaKPxqRi6u0rN7RO2uZYPzC454xe-mg"
	exampleHashedIDToken = "eyJraWQiOiIxZTlnZGs3IiwiYWxnIjoiUlMyNTYifQ.ewogImlzcyI6ICJodHRwczovL3NlcnZlci5leGFtcGxlLmNvbSIsCiAic3ViIjogIjI0ODI4OTc2MTAwMSIsC" +
		"iAiYXVkIjogInM2QmhkUmtxdDMiLAogIm5vbmNlIjogIm4tMFM2X1d6QTJNaiIsCiAiZXhwIjogMTMxMTI4MTk3MCwKICJpYXQiOiAxMzExMjgwOTcwLAogImF0X2hhc" +
		"2giOiAiNzdRbVVQdGpQZnpXdEYyQW5wSzlSUSIKfQ.kdqTmftlaXg5WBYBr1wkxhkqCGZPc0k8vTiV5g2jj67jQ7XkrDamYx2bOkZLdZrpMPIzkdYB1nZI_G8vQGQuam" +
		"RhJcEIt21kblGPZ-yhEhdkAiZIZLu38rChalDS2Mh0glE_rke5XXRhmqqoEFFdziFdnO3p61-7y51co84OEAZvARSINQaOWIzvioRfs4zwIFOaT33Vpxfqr8HDyh31zo" +
		"9eBW2dSQuCa071z0ENWChWoPliK1JCo_Bk9eDg2uwo2ZwhsvHzj6TMQ0lYOTzufSlSmXIKfjlOsb3nftQeR697_hA-nMZyAdL8_NRfaC37XnAbW8WB9wCfECp7cuNuOg"
	exampleAccessToken = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
	exampleKeys        = `{"keys":[{"kty":"RSA","kid":"1e9gdk7","n":"w7Zdfmece8iaB0kiTY8pCtiBtzbptJmP28nSWwtdjRu0f2GFpajvWE4VhfJAjEsOcwYzay7XGN0b-X84BfC8hmCTOj2b` +
		`2eHT7NsZegFPKRUQzJ9wW8ipn_aDJWMGDuB1XyqT1E7DYqjUCEOD1b4FLpy_xPn6oV_TYOfQ9fZdbE5HGxJUzekuGcOKqOQ8M7wfYHhHHLxGpQVgL0apWuP2gDDOdTtpuld4D2LK1MZK99s9` +
		`gaSjRHE8JDb1Z4IGhEcEyzkxswVdPndUWzfvWBBWXWxtSUvQGBRkuy1BHOa4sP6FKjWEeeF7gm7UMs2Nm2QUgNZw6xvEDGaLk4KASdIxRQ","e":"AQAB"}]}`
)

type exampleLogin struct {
	web.RequestHandler
	auth.OIDCMixin
}

func (h *exampleLogin) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthorizeRedirect(h, auth.AuthorizeOptions{ExtraParams: map[string]string{"nonce": "n-0S6_WzA2Mj", "state": "af0ifjsldkj"}})
	}
	user, err := h.GetAuthenticatedUser(h)
	return respond(&h.RequestHandler, user, err)
}

// A standingClock always shows the same time.
type standingClock time.Time

func (c standingClock) Now() time.Time  { return time.Time(c) }
func (c standingClock) OnChange(func()) {}

// The examples of OpenID Connect Core are accepted at their time, with their nonce and their
// access token. With another time, nonce or access token they are refused.
func TestIDTokensOfOpenIDConnectCore(t *testing.T) {
	valid := time.Unix(1311281000, 0)
	for _, tt := range []struct {
		name, idToken, accessToken string
		now                        time.Time
		want                       string
	}{
		{"A.2", exampleIDToken, "SlAV32hkKG", valid, "248289761001|Jane Doe|/"},
		{"A.3", exampleHashedIDToken, exampleAccessToken, valid, "248289761001||/"},
		{"A.3 with another access token", exampleHashedIDToken, "SlAV32hkKG", valid, "400"},
		{"A.2 later", exampleIDToken, "SlAV32hkKG", time.Unix(1311281971, 0), "400"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serveSiteBy(t, standingClock(tt.now), func(issuer string) []web.URLSpec {
				h := exampleLogin{}
				h.Issuer, h.KeysURL, h.ClientID = "https://server.example.com", issuer+"/keys", "s6BhdRkqt3"
				h.AuthorizeURL, h.AccessTokenURL = issuer+"/authorize", issuer+"/token"
				return []web.URLSpec{web.URL("/login", h)}
			})
			s.provider.Replace("/keys", serveError(200, "application/json", exampleKeys))
			s.provider.Replace("/token", serveError(200, "application/json", `{"access_token":"`+tt.accessToken+`","id_token":"`+tt.idToken+`"}`))
			s.start("/login")
			r := s.get("/login?code=SplxlOBeZQQYbYS6WxSbIA&state=af0ifjsldkj")
			if tt.want == "400" {
				require.Equal(t, 400, r.StatusCode)
			} else {
				require.Equal(t, tt.want, r.Body, s.logs.String())
			}
		})
	}
}
