// Each user logs in at the shop, orders, and checks what the shop answers.
package main

import (
	"encoding/json"
	"fmt"
	"strconv"

	_ "@NAME@/bindings/exports/wit_exports" // what the engine calls
	settings "@NAME@/bindings/imports/throng_host_settings"
	exchange "@NAME@/bindings/imports/throng_http_exchange"
	calls "@NAME@/bindings/imports/throng_types_calls"
	values "@NAME@/bindings/imports/throng_types_values"
	"@NAME@/bindings/scenario"
	"@NAME@/document"
	wit "go.bytecodealliance.org/pkg/wit/types"
)

type header = wit.Tuple2[string, []byte]

// Where the shop is: `-c server=http://…`.
func server() string {
	return settings.Get("server").SomeOr("http://127.0.0.1:8080")
}

// `-c fail-every=10` lets every tenth user fail, to see what a failure looks like.
func failEvery() uint64 {
	every, _ := strconv.ParseUint(settings.Get("fail-every").SomeOr("0"), 10, 32)
	return every
}

func one(value values.Value) (calls.Output, *calls.Failure) {
	return calls.MakeOutputOne(value), nil
}

// The assertion does not hold. Failures are grouped by their code.
func failed(code, format string, details ...any) (calls.Output, *calls.Failure) {
	message := fmt.Sprintf(format, details...)
	return calls.MakeOutputNothing(), &calls.Failure{Kind: calls.FailureKind_Assertion, Code: wit.Some(code), Message: message}
}

// A request with a JSON body.
func post(path string, body any, headers ...header) (calls.Output, *calls.Failure) {
	content, err := json.Marshal(body)
	if err != nil {
		return failed("no-json", "the body is no JSON: %v", err)
	}
	headers = append(headers, header{F0: "content-type", F1: []byte("application/json")})
	return one(exchange.RequestOf("POST", path, headers, content))
}

// The text at a JSON pointer of a response, which stays in the engine; empty if there is none.
func textAt(response *values.Native, pointer string) string {
	var text string
	// What is no text leaves it empty.
	_ = json.Unmarshal([]byte(response.Json(pointer).SomeOr("null")), &text)
	return text
}

func loginRequest(cx calls.Context, given values.Input) (calls.Output, *calls.Failure) {
	return post("/login", map[string]any{"user": fmt.Sprintf("user-%d", cx.Minion)})
}

func orderRequest(cx calls.Context, given values.Input) (calls.Output, *calls.Failure) {
	login := given.Native()
	token := textAt(login, "/token")
	if token == "" {
		return failed("no-token", "the login was answered with %d, and no token", exchange.Status(login))
	}
	authorization := header{F0: "authorization", F1: []byte("Bearer " + token)}
	return post("/orders", map[string]any{"item": "pen", "quantity": 1 + cx.Minion%3}, authorization)
}

func isOrdered(cx calls.Context, given values.Input) (calls.Output, *calls.Failure) {
	if status := exchange.Status(given.Native()); status != 201 {
		return failed("not-ordered", "the order was answered with %d", status)
	}
	if every := failEvery(); every > 0 && (uint64(cx.Minion)+1)%every == 0 {
		return failed("chosen-to-fail", "every %dth user fails", every)
	}
	return calls.MakeOutputNothing(), nil
}

func receipt(cx calls.Context, given values.Input) (calls.Output, *calls.Failure) {
	order := textAt(given.Native(), "/order")
	return one(values.MakeValueText(fmt.Sprintf("order %s of user-%d", order, cx.Minion)))
}

type callback struct {
	document.CallbackDeclaration
	run func(cx calls.Context, given values.Input) (calls.Output, *calls.Failure)
}

// What the document names by a number is what is at this position here.
var callbacks = []callback{
	{document.CallbackDeclaration{Name: "login request", Use: "request:http"}, loginRequest},
	{document.CallbackDeclaration{Name: "order request", Use: "request:http"}, orderRequest},
	{document.CallbackDeclaration{Name: "is ordered", Use: "verify"}, isOrdered},
	{document.CallbackDeclaration{Name: "receipt", Use: "map"}, receipt},
}

// What a step names a callback by.
func asked(number int) document.HttpCallbackOptions {
	return document.HttpCallbackOptions{Callback: number}
}

func describe() document.Document {
	var declared []document.CallbackDeclaration
	for _, callback := range callbacks {
		declared = append(declared, callback.CallbackDeclaration)
	}
	return document.Document{
		Throng:    "0.1",
		Targets:   []string{server()},
		Callbacks: declared,
		Scenarios: []document.Scenario{{
			Name:        "@NAME@",
			Description: "Log in and order.",
			Minions:     new(100),
			Profile:     "regular(100ms, 10)",
			Settings: []document.SettingDeclaration{
				{Name: "server", Type: "text", Default: "http://127.0.0.1:8080", Description: "where the shop is"},
				{Name: "fail-every", Type: "integer", Default: 0, Description: "every n-th user fails; none by 0"},
			},
			Steps: []document.Step{
				{Name: "login", Start: new(true), Http: &document.StepHttp{Url: server(), Request: asked(0)}},
				{Name: "order", After: "login", HttpWith: &document.StepHttpWith{Connection: "login", Request: asked(1)}},
				{Name: "ordered", After: "order", Verify: &document.Callback{Callback: 2}},
				{Name: "receipt", After: "ordered", Map: &document.Callback{Callback: 3}},
			},
		}},
	}
}

// The engine calls what is set here.
func init() {
	scenario.Describe = func() (string, error) {
		text, err := json.Marshal(describe())
		return string(text), err
	}
	scenario.Call = func(number uint32, cx calls.Context, given values.Input) (calls.Output, *calls.Failure) {
		if int(number) >= len(callbacks) {
			return failed("unknown-callback", "there is no callback %d", number)
		}
		return callbacks[number].run(cx, given)
	}
}

// A program must have it; nobody calls it.
func main() {}
