package websocket

import (
	"strings"
	"testing"
)

// The rows are of RFC 7692, section 7.1. A response is written without "permessage-deflate".
// "declined" means no response.
func TestAgreeOnDeflate(t *testing.T) { // ws-19 ... ws-21
	const p = "permessage-deflate"
	byDefault, tornados, none := CompressionOptions{}, CompressionOptions{ClientWindowBits: 15}, CompressionOptions{ClientWindowBits: -1}
	const fresh, declined = "; client_no_context_takeover", "declined"
	for _, tt := range []struct {
		o           CompressionOptions
		offer, want string
	}{
		{byDefault, "", declined}, // ws-19
		{byDefault, "x-webkit-deflate-frame", declined},
		{byDefault, "Permessage-Deflate", declined},
		{byDefault, p, fresh},
		{byDefault, "x-webkit-deflate-frame, " + p, fresh},
		{byDefault, "x; y=1; z," + p, fresh},
		{tornados, p, ""},
		{none, p, fresh},

		{tornados, p + "; server_no_context_takeover", "; server_no_context_takeover"}, // 7.1.1.1, ws-20
		{tornados, p + "; server_no_context_takeover=1", declined},
		{tornados, p + "; server_no_context_takeover=", declined},
		{tornados, p + "; server_no_context_takeover; server_no_context_takeover", declined},

		{tornados, p + "; client_no_context_takeover", fresh}, // 7.1.1.2, ws-20
		{tornados, p + "; client_no_context_takeover; client_max_window_bits=10", fresh},
		{tornados, p + "; client_no_context_takeover=x", declined},

		{tornados, p + "; server_max_window_bits=15", "; server_max_window_bits=15"}, // 7.1.2.1, ws-21
		{tornados, p + "; server_max_window_bits=9", "; server_max_window_bits=9"},
		{tornados, p + "; server_max_window_bits=8", "; server_max_window_bits=8"},
		{tornados, p + "; server_max_window_bits=7", declined},
		{tornados, p + "; server_max_window_bits=16", declined},
		{tornados, p + "; server_max_window_bits=010", declined},
		{tornados, p + "; server_max_window_bits=+10", declined},
		{tornados, p + "; server_max_window_bits=1e1", declined},
		{tornados, p + "; server_max_window_bits=99999999999999999999", declined},
		{tornados, p + "; server_max_window_bits", declined},
		{tornados, p + "; server_max_window_bits=10; server_max_window_bits=10", declined},

		{byDefault, p + "; client_max_window_bits", "; client_max_window_bits=12"}, // 7.1.2.2, ws-20, ws-21
		{byDefault, p + "; client_max_window_bits=15", "; client_max_window_bits=12"},
		{byDefault, p + "; client_max_window_bits=9", "; client_max_window_bits=9"},
		{tornados, p + "; client_max_window_bits", "; client_max_window_bits=15"},
		{tornados, p + "; client_max_window_bits=8", "; client_max_window_bits=8"},
		{none, p + "; client_max_window_bits", fresh},
		{tornados, p + "; client_max_window_bits=7", declined},
		{tornados, p + "; client_max_window_bits=16", declined},
		{tornados, p + "; client_max_window_bits=no", declined},
		{tornados, p + "; client_max_window_bits; client_max_window_bits=10", declined},

		{tornados, p + "; unknown", declined},
		{tornados, p + "; unknown=1", declined},
		{tornados, p + "; Client_max_window_bits", declined},
		{tornados, p + "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=11",
			"; server_no_context_takeover; server_max_window_bits=10" + fresh},
		{tornados, p + "; client_max_window_bits=11; server_max_window_bits=10; server_no_context_takeover",
			"; server_no_context_takeover; server_max_window_bits=10; client_max_window_bits=11"},

		{tornados, p + "; unknown, " + p + "; server_max_window_bits=10, " + p, "; server_max_window_bits=10"}, // 5.1: the first that can be met
		{tornados, p + "; server_max_window_bits=20," + p, ""},
		{tornados, p + "; server_max_window_bits=20," + p + "; unknown", declined},

		{tornados, p + "; server_max_window_bits=\"10\"", "; server_max_window_bits=10"}, // RFC 6455, 9.1
		{tornados, p + "; server_max_window_bits=\"1\\0\"", "; server_max_window_bits=10"},
		{tornados, "\t" + p + " ;\tserver_max_window_bits = 10 ", "; server_max_window_bits=10"},
		{tornados, " , ," + p + ",,", ""},
		{tornados, p + "; server_max_window_bits=\"\"", declined},
		{tornados, p + "; server_max_window_bits=\"10", declined},
		{tornados, p + "; server_max_window_bits=\"10\\", declined},
		{tornados, p + "; server_max_window_bits=\"10 \"", declined},
		{tornados, p + ";", declined},
		{tornados, p + ";; server_no_context_takeover", declined},
		{tornados, p + " server_no_context_takeover", declined},
		{tornados, p + "; =10", declined},
		{tornados, "; server_no_context_takeover", declined},
		{tornados, p + ", =", declined}, // a header that is not a list
		{tornados, p + ", a/b", declined},
		{tornados, p + "\x00", declined},
	} {
		want := strings.TrimSuffix(p+tt.want, p+declined)
		if _, got := agreeOnDeflate(tt.offer, tt.o.withDefaults()); got != want {
			t.Errorf("%q (%d): got %q, want %q", tt.offer, tt.o.ClientWindowBits, got, want)
		}
	}
}

// FuzzDeflateOffer checks that the agreement has the parameters which the response names, and
// that section 7.1 allows this response to the offer.
func FuzzDeflateOffer(f *testing.F) {
	for _, header := range []string{
		"permessage-deflate",
		"permessage-deflate; client_max_window_bits",
		"permessage-deflate; server_no_context_takeover; client_no_context_takeover",
		`permessage-deflate; server_max_window_bits="10"; client_max_window_bits=15, permessage-deflate`,
		"foo, bar; baz=1;, permessage-deflate; x",
	} {
		f.Add(header, 0)
		f.Add(header, 15)
	}
	f.Fuzz(func(t *testing.T, header string, bits int) {
		o := CompressionOptions{ClientWindowBits: bits}.withDefaults()
		if o.validate() != nil {
			return
		}
		a, answer := agreeOnDeflate(header, o)
		if answer == "" {
			if a != (deflateAgreement{}) {
				t.Fatalf("no response, but %+v", a)
			}
			return
		}
		all := parseExtensions(answer)
		if len(all) != 1 || all[0].name != "permessage-deflate" {
			t.Fatalf("answer %q", answer)
		}
		said, ok := readDeflateOffer(all[0].params)
		if !ok {
			t.Fatalf("answer %q", answer)
		}
		got := deflateAgreement{said.serverFresh, said.clientFresh, maxWindowBits, maxWindowBits, uint8(o.Level)}
		if said.serverBits != 0 {
			got.serverBits = uint8(said.serverBits)
		}
		if said.clientBits != 0 {
			got.clientBits = uint8(said.clientBits)
		}
		if got != a {
			t.Errorf("%q says %+v, but agreed on is %+v", answer, got, a)
		}
		if !a.clientFresh && int(a.clientBits) > max(o.ClientWindowBits, 0) {
			t.Errorf("%q: more is to be held than %d bits", answer, o.ClientWindowBits)
		}
		for word, least := range map[string]bool{"client_max_window_bits": said.clientBits != 0,
			"server_max_window_bits": said.serverBits != 0, "server_no_context_takeover": said.serverFresh} {
			if least && !strings.Contains(header, word) {
				t.Errorf("%q has %s, which %q has not offered", answer, word, header)
			}
		}
	})
}

func TestCompressionLevelByDefault(t *testing.T) { // ws-22
	o := CompressionOptions{}.withDefaults()
	if a, _ := agreeOnDeflate("permessage-deflate", o); o.Level != 6 || a.level != 6 {
		t.Errorf("level %d, agreed %d", o.Level, a.level)
	}
}
