package websocket

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// Close codes (RFC 6455, section 7.4.1, and the registry of IANA). Codes from
// 3000 to 3999 are registered by libraries, those from 4000 to 4999 belong to applications.
const (
	CloseNormalClosure           = 1000
	CloseGoingAway               = 1001
	CloseProtocolError           = 1002
	CloseUnsupportedData         = 1003
	CloseNoStatusReceived        = 1005 // a program sees this code for a close frame without a code; it is never sent
	CloseAbnormalClosure         = 1006 // stands for a lost connection; never sent
	CloseInvalidFramePayloadData = 1007
	ClosePolicyViolation         = 1008
	CloseMessageTooBig           = 1009
	CloseMandatoryExtension      = 1010 // sent by clients only
	CloseInternalError           = 1011
	CloseServiceRestart          = 1012
	CloseTryAgainLater           = 1013
	CloseBadGateway              = 1014
	CloseTLSHandshake            = 1015 // a program sees this code for a failed TLS handshake; it is never sent
)

// maxCloseReason is the number of bytes in a control frame that are left for the reason
// (sections 5.5 and 5.5.1).
const maxCloseReason = maxControlPayload - 2

// knownCloseCode reports whether a close frame may have the code. Codes below 3000 that no
// standard defines are not allowed (section 7.4.2).
func knownCloseCode(code int) bool {
	switch {
	case code >= CloseNormalClosure && code <= CloseUnsupportedData,
		code >= CloseInvalidFramePayloadData && code <= CloseBadGateway:
		return true
	default:
		return code >= 3000 && code <= 4999
	}
}

// checkClose checks the arguments of a program's Close. server reports whether this side is the
// server. Code 0 means no code.
func checkClose(code int, reason string, server bool) error {
	switch {
	case code != 0 && !knownCloseCode(code):
		return fmt.Errorf("websocket: close code %d may not be sent (RFC 6455, section 7.4)", code)
	case code == CloseMandatoryExtension && server:
		return fmt.Errorf("websocket: close code %d is for clients (RFC 6455, section 7.4.1)", code)
	case len(reason) > maxCloseReason:
		return errReasonLength
	case !utf8.ValidString(reason):
		return errReasonNotUTF8
	}
	return nil
}

// appendCloseFrame appends a complete close frame. Code 0 sends no code, or 1000 with a reason.
// The arguments are not checked: they have passed checkClose, are the code that the peer sent,
// or come from a ProtocolError. key is nil on a server.
func appendCloseFrame(dst []byte, code int, reason string, key *[4]byte) []byte {
	if code == 0 && reason == "" {
		return appendFrameHeader(dst, true, 0, opClose, 0, key)
	}
	if code == 0 {
		code = CloseNormalClosure
	}
	dst = appendFrameHeader(dst, true, 0, opClose, 2+len(reason), key)
	start := len(dst)
	dst = binary.BigEndian.AppendUint16(dst, uint16(code))
	dst = append(dst, reason...)
	if key != nil {
		mask(dst[start:], *key)
	}
	return dst
}

// parseClosePayload parses the payload of a close frame (section 5.5.1). The code is 0 if the
// peer sent none. An error is a *ProtocolError.
func parseClosePayload(p []byte) (code int, reason string, err error) {
	switch len(p) {
	case 0:
		return 0, "", nil
	case 1:
		return 0, "", violation("close frame", errCloseLength)
	}
	code = int(binary.BigEndian.Uint16(p))
	switch {
	case !knownCloseCode(code):
		return 0, "", violation("close frame", errCloseCode)
	case !utf8.Valid(p[2:]):
		return 0, "", &ProtocolError{CloseInvalidFramePayloadData, "close frame", errNotUTF8}
	}
	return code, string(p[2:]), nil
}
