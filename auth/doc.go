// Package auth logs users in with their account at another site. Tornado: tornado.auth.
//
// Embed a mixin beside web.RequestHandler, and pass the handler to its methods:
//
//	type LoginHandler struct {
//		web.RequestHandler
//		auth.GoogleOAuth2Mixin
//	}
//
//	func (h *LoginHandler) Get(...string) error {
//		if !auth.IsCallback(h) {
//			return h.AuthorizeRedirect(h, auth.AuthorizeOptions{Scope: []string{"profile", "email"}})
//		}
//		user, err := h.GetAuthenticatedUser(h)
//		if err != nil {
//			return err // an *AuthError: an error page that says what to do
//		}
//		h.SetSignedCookie("user", user.ID)
//		return h.Redirect(user.Next)
//	}
//
// A login has two requests. AuthorizeRedirect sends the browser to the provider, and
// remembers the login in an encrypted cookie for ten minutes. GetAuthenticatedUser serves the
// request with which the browser comes back. It accepts only the response to that login, and
// only once: the state, the PKCE verifier (RFC 7636) and the nonce are checked by default.
//
// Both methods need Settings.CookieSecret or Settings.CookieSecrets. They belong to the loop
// of the handler. Calls to the provider go through package httpclient; they end after 20
// seconds and 1 MiB. Tokens are sent in headers and bodies, never in a URL.
package auth
