"""Read tokens into a tree of tuples: ``(kind, ...)``; see ``evaluate`` for the kinds."""

from __future__ import annotations

from typing import Any

from httptask.engines.embedded.scripts.tokens import Token, refused, tokenize

Node = tuple[Any, ...]

MAX_DEPTH = 60

BINARY = {
    "??": 1, "||": 2, "&&": 3,
    "==": 4, "!=": 4, "===": 4, "!==": 4,
    "<": 5, "<=": 5, ">": 5, ">=": 5,
    "+": 6, "-": 6,
    "*": 7, "/": 7, "%": 7,
}  # fmt: skip
LITERALS: dict[str, Node] = {
    "true": ("value", True),
    "false": ("value", False),
    "null": ("value", None),
    "undefined": ("undefined",),
    "NaN": ("value", float("nan")),
    "Infinity": ("value", float("inf")),
}
METHODS = frozenset(
    {
        "includes", "indexOf", "startsWith", "endsWith",
        "toLowerCase", "toUpperCase", "trim", "toString",
    }
)  # fmt: skip


def parse(text: str) -> Node:
    """Return the tree of a script.

    Raises:
        ExpressionError: it is not in the supported part of the language.
    """
    return _Parser(text).script()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenize(text)
        self._at = 0
        self._depth = 0
        self._functions: dict[str, Node] = {}
        self._in_function = False

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _is(self, *values: str) -> bool:
        return self._token.kind in ("sign", "name") and self._token.value in values

    def _take(self, *values: str) -> bool:
        found = self._is(*values)
        self._at += found
        return found

    def _need(self, value: str) -> None:
        if not self._take(value):
            raise self._unexpected(f"expected {value!r}, found")

    def _unexpected(self, why: str = "unexpected") -> Exception:
        token = self._token
        shown = "the end" if token.kind == "end" else repr(token.value)
        return refused(f"{why} {shown}", self._text, token.at)

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refused("the script is nested too deeply", self._text, self._token.at)

    def script(self) -> Node:
        statements = self._statements("")
        if not statements:
            raise refused("the script is empty", self._text, 0)
        return ("block", statements)

    def _statements(self, closing: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while self._token.kind != "end" and not (closing and self._is(closing)):
            if self._is("function"):
                self._declaration()
            elif not self._take(";"):
                found.append(self._statement())
        return tuple(found)

    def _statement(self) -> Node:
        self._enter()
        try:
            if self._take("{"):
                return self._block()
            if self._take("if"):
                return self._condition()
            if self._take("return"):
                return self._return()
            node: Node = ("expression", self._expression())
            if not self._take(";") and not self._statement_ends():
                raise self._unexpected()
            return node
        finally:
            self._depth -= 1

    def _statement_ends(self) -> bool:
        token = self._token
        before = self._text[self._tokens[self._at - 1].at : token.at]
        return token.kind == "end" or self._is("}") or "\n" in before

    def _block(self) -> Node:
        statements = self._statements("}")
        self._need("}")
        return ("block", statements)

    def _condition(self) -> Node:
        self._need("(")
        test = self._expression()
        self._need(")")
        then = self._statement()
        otherwise = self._statement() if self._take("else") else None
        return ("if", test, then, otherwise)

    def _return(self) -> Node:
        if not self._in_function:
            raise refused("return is only allowed inside a function", self._text, self._token.at)
        value: Node = ("undefined",)
        if not self._is(";", "}"):
            value = self._expression()
        self._take(";")
        return ("return", value)

    def _declaration(self) -> None:
        self._need("function")
        name = self._token.value
        if self._token.kind != "name":
            raise self._unexpected()
        self._at += 1
        self._functions[name] = self._function_body()

    def _function_body(self) -> Node:
        self._need("(")
        self._need(")")
        outer, self._in_function = self._in_function, True
        self._need("{")
        body = self._block()
        self._in_function = outer
        return ("call", body)

    def _expression(self) -> Node:
        self._enter()
        try:
            test = self._binary(1)
            if not self._take("?"):
                return test
            then = self._expression()
            self._need(":")
            return ("choice", test, then, self._expression())
        finally:
            self._depth -= 1

    def _binary(self, level: int) -> Node:
        left = self._unary()
        while self._token.kind == "sign" and BINARY.get(self._token.value, 0) >= level:
            sign = self._token.value
            self._at += 1
            left = ("binary", sign, left, self._binary(BINARY[sign] + 1))
        return left

    def _unary(self) -> Node:
        self._enter()
        try:
            for sign in ("!", "-", "+", "typeof"):
                if self._take(sign):
                    return ("unary", sign, self._unary())
            return self._postfix(self._primary())
        finally:
            self._depth -= 1

    def _postfix(self, node: Node) -> Node:
        while True:
            if self._take("."):
                node = self._member(node, optional=False)
            elif self._take("?."):
                node = self._member(node, optional=True)
            elif self._take("["):
                node = ("member", node, self._expression(), False)
                self._need("]")
            else:
                return node

    def _member(self, owner: Node, *, optional: bool) -> Node:
        if optional and self._take("["):
            node: Node = ("member", owner, self._expression(), True)
            self._need("]")
            return node
        name = self._token
        if name.kind != "name":
            raise self._unexpected()
        self._at += 1
        if not self._take("("):
            return ("member", owner, ("value", name.value), optional)
        if name.value not in METHODS:
            raise refused(f"the method {name.value!r} is not supported", self._text, name.at)
        return ("method", owner, name.value, self._list(")"))

    def _primary(self) -> Node:
        token = self._token
        self._at += 1
        if token.kind == "number":
            return ("value", _number(token.value))
        if token.kind == "text":
            return ("value", token.value)
        if token.kind == "name":
            return self._named(token)
        if token.kind == "sign" and token.value == "(":
            return self._parenthesis()
        if token.kind == "sign" and token.value == "[":
            return ("list", self._list("]"))
        self._at -= 1
        raise self._unexpected()

    def _named(self, token: Token) -> Node:
        if token.value == "$":
            return ("root",)
        if token.value in LITERALS:
            return LITERALS[token.value]
        if token.value in self._functions and self._take("("):
            self._need(")")
            return self._functions[token.value]
        raise refused(f"{token.value!r} is not supported", self._text, token.at)

    def _parenthesis(self) -> Node:
        if self._take("function"):
            body = self._function_body()
            if not self._take(")"):
                self._call_end()
                self._need(")")
                return body
            self._call_end()
            return body
        node = self._expression()
        self._need(")")
        return node

    def _call_end(self) -> None:
        self._need("(")
        self._need(")")

    def _list(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self._take(closing):
            items.append(self._expression())
            if not self._is(closing):
                self._need(",")
        return tuple(items)


def _number(text: str) -> int | float:
    if text[:2].lower() == "0x":
        return int(text, 16)
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
