"""A rule's "no" as the refusal that a door answers with."""

from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar

from xiaodian.kernel.errors import Fact, Kind, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.rulebooks.schema.verdict import Input, Permission

__all__ = ["Denied"]


class Denied(Refusal):
    """The market's rules do not allow it; the code is the one that its rulebook gives.

    Made of the objections, the first of which speaks. Facts: its inputs, ``rule``, ``rulebook``,
    ``origin``, and ``objections`` when there are several (code, rule and Chinese text each).
    """

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, objections: "Sequence[Permission]") -> None:
        denials = [verdict for verdict in objections if verdict.value is not None]
        assert denials, "somebody objects"
        first = denials[0]
        # One class speaks for every code that a rulebook may name, so code and words are its own.
        self.code = str(first.value)  # pyright: ignore[reportAttributeAccessIssue]
        self.sentence = first.sentence  # pyright: ignore[reportAttributeAccessIssue]
        facts: dict[str, Fact] = {name: _plain(value) for name, value in first.inputs.items()}
        facts |= {"rule": first.rule, "rulebook": first.rulebook, "origin": first.origin.value}
        if len(denials) > 1:
            facts["objections"] = [
                {"code": verdict.value, "rule": verdict.rule, "text": verdict.text()}
                for verdict in denials
            ]
        super().__init__(**facts)


def _plain(value: "Input") -> Fact:
    """Write an input as JSON can hold it."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
