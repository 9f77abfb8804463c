package main

import (
	"testing"

	"github.com/gotornado/tornado/auth/authtest"
	"github.com/stretchr/testify/require"
)

func TestDescribe(t *testing.T) {
	text := describe("http://127.0.0.1:9000")
	require.Contains(t, text, "Issuer http://127.0.0.1:9000\n")
	require.Contains(t, text, "client          "+authtest.ClientID+", secret "+authtest.ClientSecret)
}
