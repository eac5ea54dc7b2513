"""Every door of the house, as a list to walk along, and bodies that fit or do not fit them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import TypeAdapter

import xiaodian
from xiaodian.app import HOT_DOORS, ROUTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAME = re.compile(r"{(\w+)(?::\w+)?}")
_WORD = re.compile(r'"([a-z][a-z_]{1,30})"')


@dataclass(frozen=True, slots=True)
class Door:
    """One method of one address. ``schema`` is of its JSON body, where it takes one."""

    method: str
    path: str
    schema: Mapping[str, Any] | None = None

    @property
    def names(self) -> list[str]:
        """The names in its address."""
        return _NAME.findall(self.path)

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET"

    def at(self, value: Callable[[str], str]) -> str:
        """Its address, with a value for each name."""
        return _NAME.sub(lambda found: value(found[1]), self.path)

    def body(self, text: str, whole: int = 1) -> Any:
        """A body of the right shape, with this text wherever a text may stand."""
        return _filled(self.schema or {}, (self.schema or {}).get("$defs", {}), text, whole)


@cache
def doors() -> tuple[Door, ...]:
    """Answer every door of the application."""
    app = FastAPI(routes=[*HOT_DOORS], openapi_url=None, docs_url=None, redoc_url=None)
    for router in ROUTERS:
        app.include_router(router)
    found: list[Door] = []
    for route in iter_route_contexts(app.routes):
        field = getattr(route, "body_field", None)
        schema = None
        if field is not None:
            schema = TypeAdapter(field.field_info.annotation).json_schema()
        found += [
            Door(method, route.path or "", schema if method != "GET" else None)
            for method in sorted(route.methods or ())
            if method != "HEAD"
        ]
    return tuple(found)


@cache
def form_fields() -> frozenset[str]:
    """Every word that a page might read from its form."""
    source = Path(xiaodian.__file__).parent
    texts = [path.read_text("utf-8") for path in source.rglob("pages*.py")]
    texts += [path.read_text("utf-8") for path in source.glob("*/pages/*.py")]
    return frozenset(word for text in texts for word in _WORD.findall(text))


def _filled(  # noqa: C901, PLR0911 - one line for each kind of value
    schema: Mapping[str, Any], defs: Mapping[str, Any], text: str, whole: int
) -> Any:
    if "$ref" in schema:
        return _filled(defs[schema["$ref"].rsplit("/", 1)[1]], defs, text, whole)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _filled(schema[choice][0], defs, text, whole)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    match schema.get("type"):
        case "object":
            return {
                name: _filled(part, defs, text, whole)
                for name, part in schema.get("properties", {}).items()
            } or {text: text}
        case "array":
            return [_filled(schema.get("items", {}), defs, text, whole)]
        case "integer" | "number":
            return whole
        case "boolean":
            return True
        case "string":
            # What is too long is refused before anybody looks at it: cut where there is a limit.
            return text[: schema.get("maxLength", len(text))]
        case _:
            return text
