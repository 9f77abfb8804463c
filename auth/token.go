package auth

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"

	"golang.org/x/oauth2"
)

// A Token is the result of a login or a refresh (RFC 6749, section 5.1).
// Formatting or logging it shows none of its fields. It can be stored as JSON.
type Token struct {
	AccessToken  string         `json:"access_token"`
	TokenType    string         `json:"token_type,omitempty"` // usually "Bearer"
	RefreshToken string         `json:"refresh_token,omitempty"`
	IDToken      string         `json:"id_token,omitempty"` // of OpenID Connect
	Expiry       time.Time      `json:"expiry,omitzero"`    // zero if the provider does not say
	Extra        map[string]any `json:"extra,omitempty"`    // other fields of the response, such as "scope"
}

// Format writes "[token]", so that a token does not reach a log or a page.
func (t Token) Format(f fmt.State, _ rune) { io.WriteString(f, "[token]") }

// LogValue returns "[token]" for package slog.
func (t Token) LogValue() slog.Value { return slog.StringValue("[token]") }

// OAuth2 returns the token for Go libraries that use golang.org/x/oauth2.
func (t *Token) OAuth2() *oauth2.Token {
	return (&oauth2.Token{AccessToken: t.AccessToken, TokenType: t.TokenType, RefreshToken: t.RefreshToken, Expiry: t.Expiry}).WithExtra(t.Extra)
}

// Expired reports whether the token has an expiry that is before now.
func (t *Token) Expired(now time.Time) bool { return !t.Expiry.IsZero() && !now.Before(t.Expiry) }

// A User is a user whom a provider has authenticated.
type User struct {
	ID     string         // the user at this provider: the claim "sub", or "id"; never reused. "" without user information
	Claims map[string]any // name, email and other facts about the user; numbers are of type json.Number
	Token  *Token         // for calls on behalf of the user
	Next   string         // AuthorizeOptions.Next of the login, or "/"
}

// Get returns a claim as text, such as "name" or "email". It returns "" if there is none.
func (u *User) Get(claim string) string { return textOf(u.Claims[claim]) }

// setClaims sets the claims and the ID in them.
func (u *User) setClaims(claims map[string]any) {
	u.Claims = claims
	if u.ID = textOf(claims["sub"]); u.ID == "" {
		u.ID = textOf(claims["id"])
	}
}

// textOf returns a JSON value that is a string or a number as text, and "" for other values.
func textOf(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	}
	return ""
}
