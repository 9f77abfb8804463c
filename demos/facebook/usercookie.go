package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/json"
	"log"

	"github.com/gotornado/tornado/web"
)

// userCookie holds the user who is logged in. A signed cookie can be read by everyone who sees
// it, and this one has an access token. So it is encrypted, too.
const userCookie = "fbdemo_user"

// A User is the content of the cookie.
type User struct {
	Name        string `json:"name"`
	AccessToken string `json:"access_token"`
}

// newBox returns the cipher for a secret: AES-256-GCM with a random nonce for each text.
func newBox(secret string) cipher.AEAD {
	key := sha256.Sum256([]byte("cookies " + secret))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		log.Fatal(err)
	}
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		log.Fatal(err)
	}
	return box
}

// setUser sets the cookie of a user.
func (h *BaseHandler) setUser(user User) error {
	text, err := json.Marshal(user)
	if err != nil {
		return err
	}
	sealed := h.Box.Seal(nil, nil, text, nil)
	h.SetSignedCookie(userCookie, string(sealed), web.CookieOptions{HTTPOnly: true, SameSite: "Lax"})
	return nil
}

// GetCurrentUser returns the *User of the cookie, or nil.
func (h *BaseHandler) GetCurrentUser() any {
	text, err := h.Box.Open(nil, nil, h.GetSignedCookie(userCookie), nil)
	if err != nil {
		return nil // there is no cookie
	}
	user := new(User)
	if json.Unmarshal(text, user) != nil {
		return nil
	}
	return user
}
