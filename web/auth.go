package web

// GetCurrentUser returns nil: nobody. Override it to find out who is logged in,
// from a cookie, say. Call CurrentUser to ask.
func (h *RequestHandler) GetCurrentUser() any { return nil }

// CurrentUser is who is logged in: what SetCurrentUser was given or GetCurrentUser
// returned, which is asked once in a request. Tornado: current_user.
func (h *RequestHandler) CurrentUser() any {
	if !h.currentUserKnown {
		h.SetCurrentUser(h.self.GetCurrentUser())
	}
	return h.currentUser
}

// SetCurrentUser sets who is logged in, in Prepare, say.
func (h *RequestHandler) SetCurrentUser(user any) { h.currentUser, h.currentUserKnown = user, true }
