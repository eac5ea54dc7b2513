"""The pages before any door: landing, comparison, opening guides, the choice of language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xiaodian import rulebooks
from xiaodian.consoles.comparison import Offer, Question, advise, compare
from xiaodian.consoles.errors import LanguageUnknown, MarketUnknown
from xiaodian.consoles.guide import guide
from xiaodian.consoles.pages.asked import category_options, read_question, subject_options
from xiaodian.infra import http
from xiaodian.infra.i18n import LANGUAGES
from xiaodian.kernel.clock import day_of

if TYPE_CHECKING:
    from xiaodian.rulebooks import Library, Rulebook

__all__ = ["router"]

router = APIRouter()
_REMEMBERED_S = 365 * 86_400


@router.get("/")
async def home(request: Request) -> Response:
    """Show what this is, and the doors."""
    settings = http.runtime(request).settings
    offers = compare(rulebooks.shipped(), Question()).offers
    return await http.page(
        request,
        "consoles/home.html",
        offers=offers,
        date=_date_of([offer.book for offer in offers]),
        sandbox=settings.sandbox,
        keyed=bool(settings.sandbox_key),
    )


@router.get("/compare")
async def compare_markets(request: Request) -> Response:
    """Show the markets side by side for the question in the address; 422 names what is wrong."""
    lang: str = request.state.lang
    asked = read_question(request.query_params, lang)
    library = rulebooks.shipped()
    comparison = compare(library, asked.question)
    return await http.page(
        request,
        "consoles/compare.html",
        status=422 if asked.errors else 200,
        comparison=comparison,
        advice=advise(library, asked.question),
        form=asked,
        subjects=subject_options(lang),
        categories=category_options(lang),
        date=_date_of([offer.book for offer in comparison.offers]),
    )


@router.get("/guide/{market}")
async def opening_guide(request: Request, market: str) -> Response:
    """Show how to open a shop in a market; refuses ``MARKET_UNKNOWN``."""
    lang: str = request.state.lang
    library = rulebooks.shipped()
    book = _book(library, market)
    asked = read_question(request.query_params, lang)
    question = asked.question
    found = guide(book, question.subject, question.category, library.categories)
    offer = _offer_of(library, market, question)
    shown = [item.origin for item in found.items] + ([offer.origin] if offer else [])
    return await http.page(
        request,
        "consoles/guide.html",
        status=422 if asked.errors else 200,
        guide=found,
        offer=offer,
        weakest=rulebooks.weakest(shown),
        books=library.compared(),
        form=asked,
        subjects=subject_options(lang),
        categories=category_options(lang),
        date=_date_of([book]),
    )


@router.get("/language/{lang}")
async def choose_language(request: Request, lang: str) -> Response:
    """Remember the reader's language and go back to where they were.

    Refuses ``LANGUAGE_UNKNOWN``.
    """
    if lang not in LANGUAGES:
        raise LanguageUnknown(lang=lang[:20])
    wished = request.query_params.get("next", "/")
    response = RedirectResponse(_own(wished), 303)
    response.set_cookie("lang", lang, max_age=_REMEMBERED_S, samesite="lax", path="/")
    return response


def _own(path: str) -> str:
    """Hold a way back to our own pages: a path of this site, or the front page."""
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if own and path.isascii() and "\\" not in path else "/"


def _book(library: Library, market: str) -> Rulebook:
    if market not in library.codes():
        raise MarketUnknown(market=market[:40])
    return library.market(market)


def _offer_of(library: Library, market: str, question: Question) -> Offer | None:
    """Answer a market's figures where it stands in the comparison."""
    offers = compare(library, question).offers
    return next((offer for offer in offers if offer.book.market == market), None)


def _date_of(books: list[Rulebook]) -> str:
    """Answer the day of the newest rulebook that is shown."""
    return max(day_of(book.effective_from) for book in books).isoformat()
