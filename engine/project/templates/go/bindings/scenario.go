// Made by `throng build`.

// Package scenario is where a project says what answers the engine's questions. Its `init` sets both functions.
package scenario

import (
	"@MODULE@/bindings/imports/throng_types_calls"
	"@MODULE@/bindings/imports/throng_types_values"
)

// Describe answers with the scenario document as JSON.
var Describe func() (string, error)

// Call runs the callback that the document lists at this position. A failure that is not nil is the answer.
var Call func(callback uint32, context throng_types_calls.Context, given throng_types_values.Input) (throng_types_calls.Output, *throng_types_calls.Failure)
