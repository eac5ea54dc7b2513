"""What comes in at the doors of merchants."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile

from xiaodian.merchants.errors import DateInvalid

if TYPE_CHECKING:
    from starlette.datastructures import FormData

__all__ = [
    "AnswerBody",
    "ApplicationBody",
    "BindingBody",
    "DocumentForm",
    "EditBody",
    "InviteBody",
    "PayoutBody",
    "ReasonsBody",
    "RightsBody",
    "SupplementBody",
    "WhyBody",
    "day_of_form",
    "read_document",
    "text_of",
]

Line = Annotated[str, Field(max_length=200)]
Code = Annotated[str, Field(max_length=64)]


class Body(BaseModel):
    """A body says nothing that is not asked."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ApplicationBody(Body):
    """What an application begins with."""

    market: Code
    subject: Code
    categories: Annotated[list[Code], Field(max_length=40)]
    shop_name: Line
    self_operated: bool = True


class EditBody(Body):
    """What an application may say differently."""

    categories: Annotated[list[Code], Field(max_length=40)]
    shop_name: Line
    self_operated: bool


class BindingBody(Body):
    """An account of the market's own system."""

    surface: Code
    identifier: Line


class AnswerBody(Body):
    """A line that answers what a reviewer asked."""

    answer: Annotated[str, Field(max_length=2000)]


class ReasonsBody(Body):
    """Why an application is rejected."""

    reasons: Annotated[list[Annotated[str, Field(max_length=2000)]], Field(max_length=20)]


class SupplementItem(Body):
    """One thing to mend: the kind of paper, or nothing where a line answers."""

    item: Code = ""
    sentence: Annotated[str, Field(max_length=2000)]


class SupplementBody(Body):
    """What is to be supplemented."""

    items: Annotated[list[SupplementItem], Field(max_length=20)]


class InviteBody(Body):
    """Who is invited, and to do what."""

    contact: Line
    rights: Annotated[list[Code], Field(max_length=10)]


class RightsBody(Body):
    """What somebody may do from now on."""

    rights: Annotated[list[Code], Field(max_length=10)]


class PayoutBody(Body):
    """Where a shop's money shall go."""

    holder_name: Line
    bank: Line
    number: Line


class WhyBody(Body):
    """Why a shop is restricted."""

    why: Annotated[str, Field(max_length=2000)]


class DocumentForm(BaseModel):
    """A paper as a form brings it: texts, the last day, and pictures by side."""

    values: dict[str, str]
    valid_to: date | None
    files: dict[str, bytes]


async def read_document(form: FormData) -> DocumentForm:
    """Read a paper from a posted form; refuses ``DATE_INVALID``.

    Files are fields named ``file_`` and the side; everything else is text.
    """
    values: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for name, given in form.multi_items():
        if isinstance(given, UploadFile):
            data = await given.read()
            if data:
                files[name.removeprefix("file_")[:16]] = data
        else:
            values[name[:32]] = given
    return DocumentForm(
        values=values, valid_to=day_of_form(values.get("valid_to", "")), files=files
    )


def day_of_form(text: str) -> date | None:
    """Read a day, nothing being for ever; refuses ``DATE_INVALID``."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise DateInvalid(field="有效期至") from None


def text_of(form: FormData, name: str) -> str:
    """Answer a text field, empty where it is missing or a file."""
    given = form.get(name)
    return given if isinstance(given, str) else ""
