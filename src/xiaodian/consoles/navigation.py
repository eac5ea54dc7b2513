"""Where one can go in the consoles: every entry in one place, shown when its page exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.routing import Match

from xiaodian.infra.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from starlette.applications import Starlette

__all__ = ["MERCHANT", "OPERATOR", "Entry", "Group", "Shown", "has_page", "like_page", "shown"]

Shown = dict[str, object]
"""A group as a frame draws it: ``title`` and ``entries`` with ``href``, ``label``, ``sign``."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A door. ``path`` may hold ``{shop}``; ``may`` names the right or role it needs."""

    label: str
    path: str
    sign: str
    may: str = ""
    sandbox: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Doors that belong together; the first group has no title."""

    title: str
    entries: tuple[Entry, ...]


_SHOP = "/merchant/shops/{shop}"
MERCHANT: tuple[Group, ...] = (
    Group(
        "",
        (
            Entry("我的店铺", "/merchant", "store"),
            Entry("经营概览", _SHOP, "layout-dashboard"),
            Entry("开店进度", f"{_SHOP}/opening", "list-checks"),
        ),
    ),
    Group(
        "商品",
        (
            Entry("商品管理", f"{_SHOP}/products", "package", "products"),
            Entry("批量导入", f"{_SHOP}/imports", "file-spreadsheet", "products"),
            Entry("待补资料", f"{_SHOP}/questions", "circle-help", "products"),
        ),
    ),
    Group(
        "交易",
        (
            Entry("订单发货", f"{_SHOP}/orders", "truck", "orders"),
            Entry("物流设置", f"{_SHOP}/logistics", "route", "settings"),
        ),
    ),
    Group(
        "资金",
        (
            Entry("货款与提现", f"{_SHOP}/funds", "wallet", "funds"),
            Entry("保证金", f"{_SHOP}/deposit", "shield-check", "funds"),
        ),
    ),
    Group(
        "店铺",
        (
            Entry("店铺资料", f"{_SHOP}/settings", "settings", "settings"),
            Entry("员工与权限", f"{_SHOP}/staff", "users", "settings"),
        ),
    ),
)
OPERATOR: tuple[Group, ...] = (
    Group(
        "",
        (
            Entry("概览", "/operator", "layout-dashboard"),
            Entry("工作台", "/operator/desk", "inbox"),
        ),
    ),
    Group(
        "审核",
        (
            Entry("入驻审核", "/operator/applications", "clipboard-check", "reviewer"),
            Entry("商品审核", "/operator/products", "package-check", "reviewer"),
            Entry("提现审核", "/operator/withdrawals", "hand-coins", "finance"),
        ),
    ),
    Group(
        "经营",
        (
            Entry("店铺", "/operator/shops", "store"),
            Entry("资金与账本", "/operator/funds", "landmark", "finance"),
            Entry("规则书", "/operator/rulebooks", "scroll-text"),
        ),
    ),
    Group(
        "系统",
        (
            Entry("运营人员", "/operator/people", "users", "administrator"),
            Entry("操作日志", "/operator/audit", "history", "administrator"),
            Entry("沙盒时钟", "/operator/clock", "fast-forward", "administrator", sandbox=True),
        ),
    ),
)


def has_page(app: Starlette, path: str) -> bool:
    """Tell whether something answers a GET at this address, so that no link leads nowhere."""
    scope: dict[str, object] = {
        "type": "http",
        "method": "GET",
        "path": path,
        "root_path": "",
        "headers": [],
    }
    return any(route.matches(scope)[0] is Match.FULL for route in app.routes)


def like_page(app: Starlette, shop_id: int, part: str) -> str:
    """Answer the address in a shop of the part that somebody looks at in another one."""
    ways = (f"/merchant/shops/{shop_id}/{part}", f"/merchant/shops/{shop_id}", "/merchant")
    return next((way for way in ways if has_page(app, way)), "/")


def shown(
    groups: Sequence[Group],
    app: Starlette,
    lang: str,
    *,
    may: Container[str],
    places: Mapping[str, str],
    sandbox: bool,
) -> list[Shown]:
    """Choose the entries somebody may use and whose pages exist, in their language.

    ``places`` fills the braces of paths; an entry whose place is not known is left out.
    """
    found: list[Shown] = []
    for group in groups:
        entries = [
            {"href": href, "label": translate(entry.label, lang), "sign": entry.sign}
            for entry in group.entries
            if (not entry.may or entry.may in may)
            and (sandbox or not entry.sandbox)
            and "{" not in (href := _filled(entry.path, places))
            and has_page(app, href)
        ]
        if entries:
            title = translate(group.title, lang) if group.title else ""
            found.append({"title": title, "entries": entries})
    return found


def _filled(path: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        path = path.replace(f"{{{name}}}", value)
    return path
