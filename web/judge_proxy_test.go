package web_test

// proxiedCases are for a server behind a proxy; 5.5.5.5 and 6.6.6.6 are trusted proxies
// too.
var proxiedCases = []judgeCase{
	{"http-73 no header", judgeGet("/echo"), ""},
	{"http-73 an address", judgeGet("/echo", "X-Forwarded-For: 4.4.4.4"), ""},
	{"http-73 the last of a list", judgeGet("/echo", "X-Forwarded-For: 127.0.0.1, 4.4.4.4"), ""},
	{"http-73 trusted ones are skipped", judgeGet("/echo", "X-Forwarded-For: 9.9.9.9, 4.4.4.4, 5.5.5.5,6.6.6.6"), ""},
	{"http-73 all are trusted", judgeGet("/echo", "X-Forwarded-For: 5.5.5.5, 6.6.6.6"), ""},
	{"http-73 all are trusted, the other order", judgeGet("/echo", "X-Forwarded-For: 6.6.6.6, 5.5.5.5"), ""},
	{"http-73 IPv6", judgeGet("/echo", "X-Forwarded-For: 2620:0:1cfe:face:b00c::3"), ""},
	{"http-73 nonsense in front", judgeGet("/echo", "X-Forwarded-For: nonsense, 4.4.4.4"), ""},
	{"http-73 nonsense at the end", judgeGet("/echo", "X-Forwarded-For: 4.4.4.4, nonsense"), ""},
	{"http-73 two lines", judgeGet("/echo", "X-Forwarded-For: 4.4.4.4", "X-Forwarded-For: 3.3.3.3"), ""},
	{"http-73 an empty one", judgeGet("/echo", "X-Forwarded-For:"), ""},
	{"http-74 X-Real-Ip", judgeGet("/echo", "X-Real-IP: 4.4.4.4"), ""},
	{"http-74 X-Real-Ip of IPv6", judgeGet("/echo", "X-Real-Ip: ::1"), ""},
	{"http-74 both", judgeGet("/echo", "X-Real-Ip: 4.4.4.4", "X-Forwarded-For: 3.3.3.3"), ""},
	{"http-74 no address", judgeGet("/echo", "X-Real-Ip: 4.4.4.4<script>"), ""},
	{"http-74 a host name", judgeGet("/echo", "X-Real-Ip: www.example.com"), ""},
	{"http-74 a port", judgeGet("/echo", "X-Real-Ip: 4.4.4.4:80"), ""},
	{"http-74 a newline's place", judgeGet("/echo", "X-Real-Ip: 4.4.4.4 5.5.5.5"), ""},
	{"http-75 X-Scheme", judgeGet("/echo", "X-Scheme: https"), ""},
	{"http-75 X-Forwarded-Proto", judgeGet("/echo", "X-Forwarded-Proto: https"), ""},
	{"http-75 the last of a list", judgeGet("/echo", "X-Forwarded-Proto: https , http"), ""},
	{"http-75 the last of another list", judgeGet("/echo", "X-Forwarded-Proto: http,https"), ""},
	{"http-75 another scheme", judgeGet("/echo", "X-Forwarded-Proto: unknown"), ""},
	{"http-75 in capitals", judgeGet("/echo", "X-Forwarded-Proto: HTTPS"), ""},
	{"http-75 both", judgeGet("/echo", "X-Scheme: http", "X-Forwarded-Proto: https"), ""},
	{"http-75 an empty X-Scheme", judgeGet("/echo", "X-Scheme:", "X-Forwarded-Proto: https"), ""},
	{"http-76 for one request", judgeGet("/echo?1", "X-Real-Ip: 4.4.4.4", "X-Scheme: https") + judgeGet("/echo?2"), ""},
	{"http-76 for each request", judgeGet("/echo?1", "X-Real-Ip: 4.4.4.4") + judgeGet("/echo?2", "X-Real-Ip: 3.3.3.3"), ""},
	{"http-76 after a refused one", judgeGet("/echo?1", "X-Real-Ip: 4.4.4.4") + judgeGet("/echo?2", "X-Real-Ip: x"), ""},
}

// untrustingCases are for a server that is not behind a proxy.
var untrustingCases = []judgeCase{
	{"http-73 ignored", judgeGet("/echo", "X-Forwarded-For: 4.4.4.4"), ""},
	{"http-74 ignored", judgeGet("/echo", "X-Real-Ip: 4.4.4.4"), ""},
	{"http-75 ignored", judgeGet("/echo", "X-Scheme: https", "X-Forwarded-Proto: https"), ""},
}

// httpsCases are for a server whose proxy uses https.
var httpsCases = []judgeCase{
	{"http-75 the protocol is given", judgeGet("/echo"), ""},
	{"http-75 the protocol is given, no header counts", judgeGet("/echo", "X-Scheme: http"), ""},
}
