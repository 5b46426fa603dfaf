"""Each user logs in at the shop, orders, and checks what the shop answers.

Import everything at the top of a module: the component is a snapshot from after the imports, and has no files to import from later.
"""

import json

from componentize_py_types import Err
from wit_world.imports import exchange, settings
from wit_world.imports.calls import Context, Failure, FailureKind, Output, Output_Nothing, Output_One
from wit_world.imports.values import Input, Input_Native, Native, Value_Text

from throng_document import Document


def server() -> str:
    """Where the shop is: `-c server=http://…`."""
    return settings.get("server") or "http://127.0.0.1:8080"


def fail_every() -> int:
    """`-c fail-every=10` lets every tenth user fail, to see what a failure looks like."""
    return int(settings.get("fail-every") or 0)


def failed(code: str, message: str) -> Err:
    """To be raised: the assertion does not hold. Failures are grouped by their code."""
    return Err(Failure(FailureKind.ASSERTION, code, message, False))


def response(given: Input) -> Native:
    """The response that the step before has got. It stays in the engine, and functions look into it."""
    assert isinstance(given, Input_Native), given
    return given.value


def login_request(cx: Context, given: Input) -> Output:
    body = json.dumps({"user": f"user-{cx.minion}"})
    return Output_One(exchange.request_of("POST", "/login", [("content-type", b"application/json")], body.encode()))


def order_request(cx: Context, given: Input) -> Output:
    token = response(given).json("/token")
    if token is None:
        raise failed("no-token", f"the login was answered with {exchange.status(response(given))}, and no token")
    headers = [("content-type", b"application/json"), ("authorization", f"Bearer {json.loads(token)}".encode())]
    body = json.dumps({"item": "pen", "quantity": 1 + cx.minion % 3})
    return Output_One(exchange.request_of("POST", "/orders", headers, body.encode()))


def is_ordered(cx: Context, given: Input) -> Output:
    status = exchange.status(response(given))
    if status != 201:
        raise failed("not-ordered", f"the order was answered with {status}")
    every = fail_every()
    if every > 0 and (cx.minion + 1) % every == 0:
        raise failed("chosen-to-fail", f"every {every}th user fails")
    return Output_Nothing()


def receipt(cx: Context, given: Input) -> Output:
    order = json.loads(response(given).json("/order") or "null")
    return Output_One(Value_Text(f"order {order} of user-{cx.minion}"))


# What the document names by a number is what is at this position here.
CALLBACKS = [
    ("login request", "request:http", login_request),
    ("order request", "request:http", order_request),
    ("is ordered", "verify", is_ordered),
    ("receipt", "map", receipt),
]


def document() -> Document:
    return {
        "throng": "0.1",
        "targets": [server()],
        "callbacks": [{"name": name, "use": use} for name, use, _ in CALLBACKS],
        "scenarios": [{
            "name": "@NAME@",
            "description": "Log in and order.",
            "minions": 100,
            "profile": "regular(100ms, 10)",
            "settings": [
                {"name": "server", "type": "text", "default": "http://127.0.0.1:8080", "description": "where the shop is"},
                {"name": "fail-every", "type": "integer", "default": 0, "description": "every n-th user fails; none by 0"},
            ],
            "steps": [
                {"name": "login", "start": True, "http": {"url": server(), "request": {"callback": 0}}},
                {"name": "order", "after": "login", "http-with": {"connection": "login", "request": {"callback": 1}}},
                {"name": "ordered", "after": "order", "verify": {"callback": 2}},
                {"name": "receipt", "after": "ordered", "map": {"callback": 3}},
            ],
        }],
    }


# The two classes that the engine calls, by the names of the world's exports.
class Definition:
    def describe(self) -> str:
        return json.dumps(document())


class Callbacks:
    def call(self, callback: int, context: Context, input: Input) -> Output:
        _, _, run = CALLBACKS[callback]
        return run(context, input)
