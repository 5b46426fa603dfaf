// Made by `throng build`.

// Package export_throng_scenario_callbacks hands the engine's calls to the project.
package export_throng_scenario_callbacks

import (
	"@MODULE@/bindings/imports/throng_types_calls"
	"@MODULE@/bindings/imports/throng_types_values"
	"@MODULE@/bindings/scenario"
	"go.bytecodealliance.org/pkg/wit/types"
)

func Call(callback uint32, context throng_types_calls.Context, given throng_types_values.Input) wit_types.Result[throng_types_calls.Output, throng_types_calls.Failure] {
	if given.Tag() == throng_types_values.Input_Native {
		// What is lent is given back before the call is over, so that no callback has to.
		defer given.Native().Drop()
	}
	output, failure := scenario.Call(callback, context, given)
	if failure != nil {
		return wit_types.Err[throng_types_calls.Output, throng_types_calls.Failure](*failure)
	}
	return wit_types.Ok[throng_types_calls.Output, throng_types_calls.Failure](output)
}
