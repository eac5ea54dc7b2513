"""Pages from templates: ``render("orders/list.html", lang="en", orders=…)``.

The template ``room/file.html`` is ``src/xiaodian/<room>/templates/file.html``, read from the
installed package. Undefined names are errors. What every template has:

- ``_("文字", fact=…)`` and ``plural("{n} 件商品", n)``: the words in the reader's language;
  ``say(refusal or verdict)``: its sentence with its facts.
- filters ``yuan``, ``money``, ``percent``, ``count``, ``when``, ``day``, ``ago(now)``, and
  ``named("document")`` for a code or several, ``t`` for a text that stands in data.
- ``asset("app.css")``, ``icon_of("truck")``, ``cover(title, category, seed)``, ``qr(text)``,
  ``look(market)``, ``looks``, ``form_key()``, ``address(path, …)``, ``here(href, path)``.
- ``lang``, ``languages``, ``path`` and ``frame``, whose keys are those of `FRAME`.
"""

from __future__ import annotations

import functools
import io
import json
import re
import secrets
from collections.abc import Mapping
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl, urlencode

import segno
from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from markupsafe import Markup, escape

from xiaodian.infra import i18n
from xiaodian.infra.covers import cover_address
from xiaodian.infra.looks import LOOKS, look
from xiaodian.kernel.clock import SHANGHAI, day_of
from xiaodian.kernel.money import yuan

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

__all__ = ["FRAME", "asset", "environment", "render", "static_folder"]

FRAME: dict[str, object] = {
    "viewer": None,
    "market": None,
    "shop": None,
    "shops": (),
    "unread_count": 0,
    "cart_count": 0,
    "counts": {},
    "navigation": (),
    "now": None,
    "sandbox": False,
}
"""What a frame shows around a page, and what stands there when nobody says otherwise.

``viewer`` has ``name`` and ``note`` (a masked phone); ``shop`` and ``shops`` have ``id``, ``name``,
``market`` and ``href``; ``navigation`` lists groups with ``title`` and ``entries`` of ``href``,
``label`` and ``sign``; ``counts`` maps an entry's href to how much waits there; ``now`` is business
time. `consoles.frames` makes them.
"""
_NAME = re.compile(r"([a-z_]+)/((?:[a-z0-9_-]+/)*[a-z0-9_-]+\.[a-z]+)")
_QR_BORDER = 1
_SILENT = Markup('aria-hidden="true"')
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_AGO_DAYS_MAX = 30


class _Packages(BaseLoader):
    """Finds templates in the rooms of the installed package."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Read one template; a name that is not ``room/file.ext`` finds nothing."""
        del environment
        parts = _NAME.fullmatch(template)
        if parts is None:
            raise TemplateNotFound(template)
        file = resources.files("xiaodian") / parts[1] / "templates" / parts[2]
        if not file.is_file():
            raise TemplateNotFound(template)
        return file.read_text("utf-8"), str(file), None


def static_folder() -> Path:
    """Answer the folder of the built assets, which is served under ``/static``."""
    return Path(str(resources.files("xiaodian"))) / "static"


@functools.cache
def _manifest() -> dict[str, str]:
    """Read once which hashed file each asset is; empty while nothing is built."""
    try:
        return json.loads((static_folder() / "manifest.json").read_text("utf-8"))["files"]
    except FileNotFoundError:
        return {}


def asset(name: str) -> str:
    """Answer the address of an asset, with the hash of its content in its name."""
    return f"/static/{_manifest().get(name, name)}"


def render(
    name: str,
    *,
    lang: str,
    request: Request | None = None,
    frame: Mapping[str, object] | None = None,
    **context: object,
) -> str:
    """Draw a template in a language. ``path`` is the request's, for what is marked as current."""
    around = {**FRAME, **(frame or {})}
    path = request.url.path if request is not None else "/"
    query = request.url.query if request is not None else ""
    template = environment(lang if lang in i18n.LANGUAGES else i18n.SOURCE).get_template(name)
    given = {"frame": around, "path": path, "query": query, **context}
    return template.render(request=request, **given)


@functools.cache
def environment(lang: str) -> Environment:
    """Make the environment of one language once; its templates stay compiled."""
    made = Environment(
        loader=_Packages(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
    )
    cast("dict[str, object]", made.globals).update(
        _=functools.partial(_text, lang),
        address=address,
        asset=asset,
        cover=cover_address,
        form_key=form_key,
        here=here,
        icon_of=icon_of,
        lang=lang,
        languages=i18n.LANGUAGES,
        look=look,
        looks=LOOKS,
        plural=functools.partial(_plural, lang),
        qr=qr,
        say=functools.partial(_say, lang),
        shown=functools.partial(i18n.shown, lang=lang),
    )
    cast("dict[str, object]", made.filters).update(
        ago=functools.partial(_ago, lang),
        count=_count,
        day=_day,
        money=money,
        named=functools.partial(_named, lang),
        percent=i18n.percentage,
        t=functools.partial(i18n.translate, lang=lang),
        when=_when,
        yuan=yuan,
    )
    return made


def form_key() -> Markup:
    """Draw the hidden field that makes a form's write happen once (``_key``)."""
    return Markup('<input type="hidden" name="_key" value="{}">').format(secrets.token_urlsafe(18))


def money(amount_fen: int) -> Markup:
    """Draw an amount with a small ¥ and small decimals."""
    sign = "-" if amount_fen < 0 else ""
    whole, cents = yuan(abs(amount_fen)).split(".")
    return Markup(
        '<span class="money">{}<span class="money-sign">¥</span>{}'
        '<span class="money-cents">.{}</span></span>'
    ).format(sign, whole, cents)


def icon_of(name: str, label: str = "") -> Markup:
    """Draw an icon of the sprite; without a label it is decoration that readers skip."""
    heard = Markup('role="img" aria-label="{}"').format(label) if label else _SILENT
    address_of_sprite = asset("icons.svg")
    return Markup('<svg class="icon" {}><use href="{}#{}"/></svg>').format(
        heard, address_of_sprite, name
    )


def qr(text: str) -> Markup:
    """Draw a QR code as vector markup without inline styles."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        xmldecl=False,
        border=_QR_BORDER,
        omitsize=True,
        svgclass=None,
        lineclass=None,
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - drawn by the library, no text in it


def address(path: str, query: str = "", **changes: object) -> str:
    """Answer a path with a query in which some parameters are changed; None or "" removes one."""
    kept = [(key, value) for key, value in parse_qsl(query) if key not in changes]
    added = [(key, str(value)) for key, value in changes.items() if value not in {None, ""}]
    return f"{path}?{urlencode(kept + added)}" if kept or added else path


def here(href: str, path: str) -> bool:
    """Tell whether a page stands under an entry of a navigation."""
    return path == href or (href.count("/") > 1 and path.startswith(f"{href}/"))


def _text(lang: str, text: str, /, **facts: object) -> str:
    """Translate and fill; facts that are markup stay markup, everything else is escaped."""
    if not facts:
        return i18n.translate(text, lang)
    drawn = [(name, fact) for name, fact in facts.items() if isinstance(fact, Markup)]
    marks = {name: f"\ue000{place}\ue001" for place, (name, _) in enumerate(drawn)}
    filled = i18n.sentence(text, {**facts, **marks}, lang)
    if not drawn:
        return filled
    pieces = re.split("\ue000(\\d+)\ue001", filled)
    return Markup().join(
        drawn[int(piece)][1] if place % 2 and int(piece) < len(drawn) else escape(piece)
        for place, piece in enumerate(pieces)
    )


def _say(lang: str, said: object) -> str:
    """Answer the sentence of a refusal or a verdict, filled with its facts or inputs.

    A verdict that was stored comes back as a mapping.
    """
    if isinstance(said, str):
        return i18n.translate(said, lang)
    read = (
        cast("Mapping[str, object]", said).get
        if isinstance(said, Mapping)
        else functools.partial(_attribute, said)
    )
    facts: object = read("facts") or read("inputs") or {}
    return i18n.sentence(str(read("sentence")), cast("Mapping[str, object]", facts), lang)


def _attribute(said: object, name: str) -> object:
    return getattr(said, name, None)


def _when(at: datetime | None) -> str:
    return "—" if at is None else at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _day(day: date | datetime | None) -> str:
    if day is None:
        return "—"
    return day_of(day).isoformat() if isinstance(day, datetime) else day.isoformat()


def _named(lang: str, code: object, kind: str) -> str:
    return i18n.sentence(f"{{code:{kind}}}", {"code": code}, lang)


def _count(number: int) -> str:
    return f"{number:,}"


def _plural(lang: str, text: str, n: int) -> str:
    return i18n.plural(text, n, lang)


def _ago(lang: str, at: datetime, now: datetime) -> str:
    """Say roughly how long ago; beyond a month, the day."""
    gone = int((now - at).total_seconds())
    if gone < _MINUTE:
        return i18n.translate("刚刚", lang)
    if gone < _HOUR:
        return i18n.plural("{n} 分钟前", gone // _MINUTE, lang)
    if gone < _DAY:
        return i18n.plural("{n} 小时前", gone // _HOUR, lang)
    if gone < _AGO_DAYS_MAX * _DAY:
        return i18n.plural("{n} 天前", gone // _DAY, lang)
    return _day(at)
