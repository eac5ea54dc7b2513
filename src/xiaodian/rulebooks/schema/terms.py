"""The words that every dimension of a rulebook is written in: units, codes, subjects."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo

__all__ = [
    "Actor",
    "Bps",
    "CategoryCode",
    "CategoryFlag",
    "ClockTime",
    "Code",
    "Count",
    "Days",
    "Denial",
    "Fen",
    "Gate",
    "Hours",
    "Minutes",
    "PositiveFen",
    "Record",
    "Seconds",
    "Section",
    "Severity",
    "Subject",
    "Text",
]

Fen: TypeAlias = Annotated[int, Field(ge=0, le=100_000_000_000)]
"""Whole fen, up to a thousand million yuan (C-1)."""
PositiveFen: TypeAlias = Annotated[int, Field(ge=1, le=100_000_000_000)]
Bps: TypeAlias = Annotated[int, Field(ge=0, le=100_000)]
"""Basis points; ten times the whole is the most that any rule needs (a price band)."""
Days: TypeAlias = Annotated[int, Field(ge=0, le=3650)]
Hours: TypeAlias = Annotated[int, Field(ge=0, le=8760)]
Minutes: TypeAlias = Annotated[int, Field(ge=1, le=43_200)]
Seconds: TypeAlias = Annotated[int, Field(ge=1, le=86_400)]
Count: TypeAlias = Annotated[int, Field(ge=0, le=100_000_000_000)]
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=2000)]
Code: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
"""A name that code and translations look up: a document, a method, a carrier."""
Denial: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
"""The stable code of a refusal."""
ClockTime: TypeAlias = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""A time of day in Shanghai, ``02:00``."""


def _known_category(code: str, info: ValidationInfo) -> str:
    """Refuse a category that the neutral list does not have."""
    if info.context is not None and code not in info.context["categories"]:
        message = f"unknown category {code!r}"
        raise ValueError(message)
    return code


def _known_flag(flag: str, info: ValidationInfo) -> str:
    """Refuse a category flag that the neutral list does not define."""
    if info.context is not None and flag not in info.context["flags"]:
        message = f"unknown category flag {flag!r}"
        raise ValueError(message)
    return flag


CategoryCode: TypeAlias = Annotated[str, AfterValidator(_known_category)]
"""A leaf or group of the neutral category list."""
CategoryFlag: TypeAlias = Annotated[str, AfterValidator(_known_flag)]
"""A trait of categories that rules ask for, such as ``virtual``."""


class Subject(StrEnum):
    """Who runs a shop in the eyes of the law (AMB-02 explains the third)."""

    PERSONAL = "PERSONAL"
    SOLE_PROP = "SOLE_PROP"
    ENTERPRISE = "ENTERPRISE"


class Severity(StrEnum):
    """How grave a violation is."""

    GENERAL = "GENERAL"
    SERIOUS = "SERIOUS"
    CRITICAL = "CRITICAL"


class Actor(StrEnum):
    """Who receives or bears money that a rule moves."""

    BUYER = "BUYER"
    MERCHANT = "MERCHANT"
    PLATFORM = "PLATFORM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a rulebook whose fields are leaves or further parts. Unknown keys are refused."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A small row inside the value of one leaf, such as a step of a ladder."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate(Section):
    """A privilege that only some subjects have; everybody else is refused with ``denial``."""

    subjects: tuple[Subject, ...]
    denial: Denial
