//go:build tools

// Package tools names the programs that the tests need, so that go.mod and go.sum say which versions.
package tools

import _ "github.com/FerretDB/FerretDB/cmd/ferretdb"
