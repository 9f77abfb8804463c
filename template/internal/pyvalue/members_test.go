package pyvalue

import "testing"

func TestSnakeCase(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"Name", "name"}, {"PublishedAt", "published_at"}, {"ID", "id"}, {"UserID", "user_id"}, {"URLFor", "url_for"}, {"HTMLBody", "html_body"}, {"IDs", "ids"}, {"UserIDs", "user_ids"},
		{"XSRFFormHTML", "xsrf_form_html"}, {"FullURL", "full_url"}, {"HTML5", "html5"}, {"A", "a"}, {"StaticURL", "static_url"}, {"Settings_", "settings_"}, {"Snake_Case", "snake_case"}, {"ÄrgerLich", "ärger_lich"},
	} {
		if got := snakeCase(tt.in); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
		}
	}
}
