package main

import (
	"database/sql"
	"errors"
	"strconv"

	"golang.org/x/crypto/bcrypt"

	"github.com/gotornado/tornado/web"
)

// AuthCreateHandler creates the blog's author, once.
type AuthCreateHandler struct{ BaseHandler }

func (h *AuthCreateHandler) Get(args ...string) error {
	return h.Render("create_author.html")
}

func (h *AuthCreateHandler) Post(args ...string) error {
	email, name, password := h.GetArgument("email"), h.GetArgument("name"), h.GetArgument("password")
	id, err := await(&h.BaseHandler, func() (int64, error) {
		// Hashing takes a tenth of a second by intention, so it must not run on the loop.
		hashed, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
		if err != nil {
			return 0, err
		}
		return h.Store.CreateFirstAuthor(email, name, string(hashed))
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return web.HTTPErrorf(400, "author already created")
	case errors.Is(err, bcrypt.ErrPasswordTooLong):
		return web.HTTPErrorf(400, "a password has at most 72 bytes")
	case err != nil:
		return err
	}
	return h.signIn(id)
}

// AuthLoginHandler signs the author in.
type AuthLoginHandler struct{ BaseHandler }

// Get serves the form, or redirects to the page that creates the author.
func (h *AuthLoginHandler) Get(args ...string) error {
	exists, err := await(&h.BaseHandler, h.Store.AnyAuthorExists)
	if err != nil {
		return err
	}
	if !exists {
		return h.Redirect("/auth/create")
	}
	return h.renderForm("")
}

func (h *AuthLoginHandler) Post(args ...string) error {
	email, password := h.GetArgument("email"), h.GetArgument("password")
	author, err := await(&h.BaseHandler, func() (*Author, error) {
		author, err := h.Store.AuthorByEmail(email)
		if err != nil {
			return nil, err
		}
		return author, bcrypt.CompareHashAndPassword([]byte(author.HashedPassword), []byte(password))
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return h.renderForm("No author has this email address.")
	case errors.Is(err, bcrypt.ErrMismatchedHashAndPassword):
		return h.renderForm("This is not the password.")
	case err != nil:
		return err
	}
	return h.signIn(author.ID)
}

// renderForm serves the form with a message about the last attempt.
func (h *AuthLoginHandler) renderForm(message string) error {
	return h.Render("login.html", web.Namespace{"error": message, "next": h.GetArgument("next", "/")})
}

// signIn sets the cookie of an author and redirects to the page where the sign-in began.
func (h *BaseHandler) signIn(authorID int64) error {
	h.SetSignedCookie("blogdemo_user", strconv.FormatInt(authorID, 10), web.CookieOptions{HTTPOnly: true})
	return h.redirectToNext()
}

// AuthLogoutHandler signs the author out.
type AuthLogoutHandler struct{ BaseHandler }

func (h *AuthLogoutHandler) Get(args ...string) error {
	h.ClearCookie("blogdemo_user")
	return h.redirectToNext()
}
