package main

import (
	"os"
	"testing"

	"github.com/gotornado/tornado/internal/looptest"
)

func TestMain(m *testing.M) { os.Exit(looptest.Main(m)) }
