"""How each market looks: its colours and the short name that stands on its mark.

Rules of a market are rulebook data; this is only paint. A market that is not listed here wears the
colours of the house. The stylesheet has the same colours under ``data-market``; a test holds both
together.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HOUSE", "LOOKS", "Look", "look"]


@dataclass(frozen=True, slots=True)
class Look:
    """The paint of one market.

    ``brand`` is the pure colour, for shapes. ``strong`` is dark enough for text on white and on
    ``soft``; ``fill`` carries white text (both at least 4.5 to 1).
    """

    code: str
    name: str
    short: str
    letter: str
    brand: str
    strong: str
    soft: str
    fill: str


HOUSE = Look("", "小店", "小店", "店", "#3157d5", "#2b4fc6", "#eef2ff", "#3157d5")
"""The colours of pages that belong to no market."""

_WECHAT = ("#07c160", "#067a3d", "#e7f8ef", "#058743")
LOOKS: dict[str, Look] = {
    look.code: look
    for look in (
        Look("wechat", "微信视频号小店", "视频号", "微", *_WECHAT),
        Look("douyin", "抖音小店", "抖音", "抖", "#fe2c55", "#d3173f", "#ffeef1", "#161823"),
        Look("kuaishou", "快手小店", "快手", "快", "#ff4906", "#c23700", "#fff1eb", "#d63a00"),
        Look(
            "xiaohongshu", "小红书店铺", "小红书", "红", "#ff2442", "#cf102b", "#ffeff1", "#e30f2c"
        ),
        Look("wechat-open", "微信小店", "微信小店", "微", *_WECHAT),
    )
}
"""The markets that ship with the house, in the order in which they are shown."""


def look(market: str | None) -> Look:
    """Answer the paint of a market; the house's own where there is none."""
    return LOOKS.get(market or "", HOUSE)
