// Each user logs in at the shop, orders, and checks what the shop answers.
//
// Strings and lists that are handed over belong to the engine's side from then on and are freed by it: they must be allocated, never
// literals. What is handed in is freed by whoever got it.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

typedef scenario_tuple2_string_list_u8_t header_t;

// A string as printf would write it, allocated.
static scenario_string_t format(const char *pattern, ...) {
  char *text = NULL;
  va_list values;
  va_start(values, pattern);
  int length = vsnprintf(NULL, 0, pattern, values);
  va_end(values);
  text = malloc((size_t)length + 1);
  va_start(values, pattern);
  vsnprintf(text, (size_t)length + 1, pattern, values);
  va_end(values);
  return (scenario_string_t){(uint8_t *)text, (size_t)length};
}

// The same as bytes.
static scenario_list_u8_t bytes(scenario_string_t text) { return (scenario_list_u8_t){text.ptr, text.len}; }

// A setting, or its default.
static scenario_string_t setting(const char *name, const char *fallback) {
  scenario_string_t key, value;
  scenario_string_set(&key, name);
  return throng_host_settings_get(&key, &value) ? value : format("%s", fallback);
}

// The text at a JSON pointer of a response, without its quotes; empty if there is none. To be freed.
static scenario_string_t text_at(throng_types_values_borrow_native_t response, const char *pointer) {
  scenario_string_t path, json;
  scenario_string_set(&path, pointer);
  if (!throng_types_values_method_native_json(response, &path, &json)) return format("");
  scenario_string_t text = json.len < 2 ? format("") : format("%.*s", (int)json.len - 2, json.ptr + 1);
  scenario_string_free(&json);
  return text;
}

// The assertion does not hold. Failures are grouped by their code.
static bool failed(throng_types_calls_failure_t *failure, const char *code, scenario_string_t message) {
  failure->kind = THRONG_TYPES_CALLS_FAILURE_KIND_ASSERTION;
  failure->code.is_some = true;
  failure->code.val = format("%s", code);
  failure->message = message;
  failure->retryable = false;
  return false;
}

// One request. It is copied by the engine, so what it is made of is freed here.
static bool send(throng_types_calls_output_t *output, const char *path, const char *bearer, scenario_string_t body) {
  scenario_string_t method, url;
  scenario_string_set(&method, "POST");
  scenario_string_set(&url, path);
  header_t headers[2];
  scenario_string_set(&headers[0].f0, "content-type");
  headers[0].f1 = bytes(format("application/json"));
  scenario_string_set(&headers[1].f0, "authorization");
  headers[1].f1 = bytes(format("Bearer %s", bearer == NULL ? "" : bearer));
  scenario_list_tuple2_string_list_u8_t list = {headers, bearer == NULL ? 1 : 2};
  scenario_list_u8_t content = bytes(body);
  output->tag = THRONG_TYPES_CALLS_OUTPUT_ONE;
  throng_http_exchange_request_of(&method, &url, &list, &content, &output->val.one);
  free(headers[0].f1.ptr);
  free(headers[1].f1.ptr);
  free(body.ptr);
  return true;
}

enum { LOGIN_REQUEST, ORDER_REQUEST, IS_ORDERED, RECEIPT };

bool exports_throng_scenario_callbacks_call(
    uint32_t callback, exports_throng_scenario_callbacks_context_t *cx, exports_throng_scenario_callbacks_input_t *input,
    exports_throng_scenario_callbacks_output_t *output, exports_throng_scenario_callbacks_failure_t *failure) {
  // The response of the step before. It stays in the engine, and functions look into it.
  throng_types_values_borrow_native_t response = input->val.native;
  switch (callback) {
    case LOGIN_REQUEST:
      return send(output, "/login", NULL, format("{\"user\": \"user-%u\"}", cx->minion));
    case ORDER_REQUEST: {
      scenario_string_t token = text_at(response, "/token");
      if (token.len == 0) {
        free(token.ptr);
        unsigned status = throng_http_exchange_status(response);
        return failed(failure, "no-token", format("the login was answered with %u, and no token", status));
      }
      scenario_string_t body = format("{\"item\": \"pen\", \"quantity\": %u}", 1 + cx->minion % 3);
      bool sent = send(output, "/orders", (const char *)token.ptr, body);
      free(token.ptr);
      return sent;
    }
    case IS_ORDERED: {
      unsigned status = throng_http_exchange_status(response);
      if (status != 201) return failed(failure, "not-ordered", format("the order was answered with %u", status));
      // `-c fail-every=10` lets every tenth user fail, to see what a failure looks like.
      scenario_string_t text = setting("fail-every", "0");
      scenario_string_t number = format("%.*s", (int)text.len, text.ptr);
      unsigned every = (unsigned)strtoul((const char *)number.ptr, NULL, 10);
      free(number.ptr);
      scenario_string_free(&text);
      if (every > 0 && (cx->minion + 1) % every == 0) {
        return failed(failure, "chosen-to-fail", format("every %uth user fails", every));
      }
      output->tag = THRONG_TYPES_CALLS_OUTPUT_NOTHING;
      return true;
    }
    case RECEIPT: {
      scenario_string_t order = text_at(response, "/order");
      output->tag = THRONG_TYPES_CALLS_OUTPUT_ONE;
      output->val.one.tag = THRONG_TYPES_VALUES_VALUE_TEXT;
      output->val.one.val.text = format("order %s of user-%u", order.ptr, cx->minion);
      free(order.ptr);
      return true;
    }
    default:
      return failed(failure, "unknown-callback", format("there is no callback %u", callback));
  }
}

// The scenario document; callbacks are named by their number. %s is the server.
static const char DOCUMENT[] =
    "{\"throng\": \"0.1\", \"targets\": [\"%s\"],"
    " \"callbacks\": ["
    "  {\"name\": \"login request\", \"use\": \"request:http\"},"
    "  {\"name\": \"order request\", \"use\": \"request:http\"},"
    "  {\"name\": \"is ordered\", \"use\": \"verify\"},"
    "  {\"name\": \"receipt\", \"use\": \"map\"}],"
    " \"scenarios\": [{"
    "  \"name\": \"@NAME@\", \"description\": \"Log in and order.\", \"minions\": 100, \"profile\": \"regular(100ms, 10)\","
    "  \"settings\": ["
    "   {\"name\": \"server\", \"type\": \"text\", \"default\": \"http://127.0.0.1:8080\", \"description\": \"where the shop is\"},"
    "   {\"name\": \"fail-every\", \"type\": \"integer\", \"default\": 0, \"description\": \"every n-th user fails; none by 0\"}],"
    "  \"steps\": ["
    "   {\"name\": \"login\", \"start\": true, \"http\": {\"url\": \"%s\", \"request\": {\"callback\": 0}}},"
    "   {\"name\": \"order\", \"after\": \"login\", \"http-with\": {\"connection\": \"login\", \"request\": {\"callback\": 1}}},"
    "   {\"name\": \"ordered\", \"after\": \"order\", \"verify\": {\"callback\": 2}},"
    "   {\"name\": \"receipt\", \"after\": \"ordered\", \"map\": {\"callback\": 3}}]}]}";

bool exports_throng_scenario_definition_describe(scenario_string_t *document, scenario_string_t *error) {
  (void)error;
  // Where the shop is: `-c server=http://…`.
  scenario_string_t server = setting("server", "http://127.0.0.1:8080");
  scenario_string_t text = format("%.*s", (int)server.len, server.ptr);
  *document = format(DOCUMENT, text.ptr, text.ptr);
  free(text.ptr);
  scenario_string_free(&server);
  return true;
}
