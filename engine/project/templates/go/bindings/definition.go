// Made by `throng build`.

// Package export_throng_scenario_definition answers for the project what its document is.
package export_throng_scenario_definition

import (
	"@MODULE@/bindings/scenario"
	"go.bytecodealliance.org/pkg/wit/types"
)

func Describe() wit_types.Result[string, string] {
	document, err := scenario.Describe()
	if err != nil {
		return wit_types.Err[string, string](err.Error())
	}
	return wit_types.Ok[string, string](document)
}
