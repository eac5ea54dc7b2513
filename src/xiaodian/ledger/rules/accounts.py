"""Accounts as values: (code, shop, ref) in the database, the names of 5.1 for people.

``accounts.available(shop)`` reads as a sentence at the call; a code that the chart does not have
cannot be made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from xiaodian.ledger.errors import UnknownAccount
from xiaodian.ledger.rules.chart import CHART, Entry, Keeping, Part, entry_of, head_of

__all__ = [
    "Account", "ad_income", "ad_wallet", "available", "bad_debt", "buyer_wallet", "channel_cost",
    "channel_fee", "clearing", "commission", "compensation", "cover", "cover_contra", "deposit",
    "deposit_bank", "direct", "direct_contra", "fee_handling", "fee_income", "fee_tech",
    "foreign_available", "fx", "fx_foreign", "fx_position", "insurer", "insurer_premium",
    "kol_available", "kol_debt", "kol_escrow", "kol_pending", "kol_withdrawing", "own_funds",
    "parse", "paylater", "penalty", "pending", "pool", "quality_deposit", "red_pool", "reserve",
    "review_service", "risk_deposit", "shop_debt", "subsidy", "withdrawing",
]  # fmt: skip

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,23}")
_DIGITS_MAX = 19


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """One account. Accounts sort by (code, shop, ref), which is the order in which they lock."""

    code: str
    shop_id: int = 0
    ref: int = 0

    @property
    def head(self) -> str:
        """Answer the code as the chart has it."""
        return head_of(self.code)

    @property
    def entry(self) -> Entry:
        """Answer the line of the chart."""
        return entry_of(self.code)

    @property
    def guarded(self) -> bool:
        """Tell whether a balance row watches that this account is never overdrawn."""
        return self.entry.keeping is Keeping.ROW

    @property
    def name(self) -> str:
        """Write the account as 5.1 names it: ``L:PENDING:{shop}:{order}``."""
        parts = [self.head]
        word = self.code.removeprefix(self.head).removeprefix(":")
        values = {Part.WORD: word, Part.SHOP: str(self.shop_id), Part.REF: str(self.ref)}
        shown = sorted(self.entry.parts, key=_shown_last)
        return ":".join([*parts, *(values[part] for part in shown)])


def _shown_last(part: Part) -> bool:
    """Put a word last: the currency of a shop's foreign money stands behind the shop in 5.1."""
    return part is Part.WORD


def parse(name: str) -> Account:
    """Read an account's name, as a person types it; refuses ``UNKNOWN_ACCOUNT``."""
    fields = name.strip().split(":")
    entry = CHART.get(":".join(fields[:2]))
    given = fields[2:]
    if entry is None or len(given) != len(entry.parts):
        raise UnknownAccount(account=name[:80])
    found = {Part.WORD: "", Part.SHOP: "0", Part.REF: "0"}
    found |= dict(zip(sorted(entry.parts, key=_shown_last), given, strict=True))
    word, shop, ref = found[Part.WORD], found[Part.SHOP], found[Part.REF]
    wordless = Part.WORD not in entry.parts
    if not (_number(shop) and _number(ref) and (wordless or _WORD.fullmatch(word))):
        raise UnknownAccount(account=name[:80])
    return Account(entry.code if wordless else f"{entry.code}:{word}", int(shop), int(ref))


def _number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX and int(text) < 1 << 63


def _worded(code: str, word: str) -> str:
    assert _WORD.fullmatch(word), "a word of an account is short and plain"
    return f"{code}:{word}"


def clearing(channel: str) -> Account:
    """Name owed by a payment channel."""
    return Account(_worded("A:CLEARING", channel))


def pool() -> Account:
    """Name the custody pool."""
    return Account("A:POOL")


def deposit_bank() -> Account:
    """Name the bank account of deposits."""
    return Account("A:DEPOSIT_BANK")


def insurer(code: str) -> Account:
    """Name claims on an insurer."""
    return Account(_worded("A:INSURER", code))


def shop_debt(shop_id: int) -> Account:
    """Name what a merchant owes the platform."""
    return Account("A:SHOP_DEBT", shop_id)


def kol_debt(creator_id: int) -> Account:
    """Name what a creator owes the platform."""
    return Account("A:KOL_DEBT", 0, creator_id)


def paylater(order_id: int) -> Account:
    """Name what a pay-later buyer owes."""
    return Account("A:PAYLATER", 0, order_id)


def fx(provider: str) -> Account:
    """Name money in transit to the provider of foreign exchange."""
    return Account(_worded("A:FX", provider))


def fx_foreign(currency: str) -> Account:
    """Name foreign money held by the provider."""
    return Account(_worded("A:FX_FOREIGN", currency))


def fx_position(currency: str) -> Account:
    """Name the conversion position of a currency."""
    return Account(_worded("C:FX_POSITION", currency))


def pending(shop_id: int, order_id: int) -> Account:
    """Name an order's money that is not settled."""
    return Account("L:PENDING", shop_id, order_id)


def available(shop_id: int) -> Account:
    """Name a shop's withdrawable money."""
    return Account("L:AVAILABLE", shop_id)


def reserve(shop_id: int, order_id: int) -> Account:
    """Name the quality reserve kept of an order."""
    return Account("L:RESERVE", shop_id, order_id)


def deposit(shop_id: int) -> Account:
    """Name a shop's deposit in cash."""
    return Account("L:DEPOSIT", shop_id)


def quality_deposit(shop_id: int) -> Account:
    """Name a shop's quality deposit."""
    return Account("L:QUALITY_DEPOSIT", shop_id)


def risk_deposit(shop_id: int) -> Account:
    """Name a shop's risk deposit for pay-later."""
    return Account("L:RISK_DEPOSIT", shop_id)


def withdrawing(shop_id: int) -> Account:
    """Name a shop's withdrawals on their way."""
    return Account("L:WITHDRAWING", shop_id)


def ad_wallet(shop_id: int) -> Account:
    """Name a shop's prepaid promotion money."""
    return Account("L:AD_WALLET", shop_id)


def red_pool(rain_id: int) -> Account:
    """Name the money of one red-envelope rain."""
    return Account("L:RED_POOL", 0, rain_id)


def buyer_wallet(buyer_id: int) -> Account:
    """Name compensation and red envelopes to be paid to a buyer."""
    return Account("L:BUYER_WALLET", 0, buyer_id)


def kol_pending(creator_id: int) -> Account:
    """Name a creator's commission inside the after-sale window."""
    return Account("L:KOL_PENDING", 0, creator_id)


def kol_escrow(deal_id: int) -> Account:
    """Name the locked money of a deal with a creator."""
    return Account("L:KOL_ESCROW", 0, deal_id)


def kol_available(creator_id: int) -> Account:
    """Name a creator's withdrawable money."""
    return Account("L:KOL_AVAILABLE", 0, creator_id)


def kol_withdrawing(creator_id: int) -> Account:
    """Name a creator's withdrawals on their way."""
    return Account("L:KOL_WITHDRAWING", 0, creator_id)


def channel_fee(channel: str) -> Account:
    """Name the channel's fee, which passes through."""
    return Account(_worded("L:CHANNEL_FEE", channel))


def insurer_premium(code: str) -> Account:
    """Name premiums to pass on to an insurer."""
    return Account(_worded("L:INSURER_PREMIUM", code))


def foreign_available(shop_id: int, currency: str) -> Account:
    """Name a shop's converted money."""
    return Account(_worded("L:FOREIGN_AVAILABLE", currency), shop_id)


def fee_income(code: str) -> Account:
    """Name fee income by its code: ``FEE_HANDLING``, ``FEE_TECH`` or ``COMMISSION``."""
    found = Account(f"I:{code}")
    assert found.head in CHART, "fee income is on the chart"
    return found


def fee_handling() -> Account:
    """Name handling fees."""
    return Account("I:FEE_HANDLING")


def fee_tech() -> Account:
    """Name technical service fees."""
    return Account("I:FEE_TECH")


def commission() -> Account:
    """Name the platform's commission."""
    return Account("I:COMMISSION")


def penalty() -> Account:
    """Name penalties."""
    return Account("I:PENALTY")


def ad_income() -> Account:
    """Name promotion income."""
    return Account("I:AD")


def review_service() -> Account:
    """Name income of the paid review service."""
    return Account("I:REVIEW_SERVICE")


def subsidy() -> Account:
    """Name discounts that the platform paid for."""
    return Account("E:SUBSIDY")


def channel_cost() -> Account:
    """Name channel fees that the platform bears."""
    return Account("E:CHANNEL_COST")


def bad_debt() -> Account:
    """Name money that will not come back."""
    return Account("E:BAD_DEBT")


def compensation() -> Account:
    """Name compensation that the platform bears."""
    return Account("E:COMPENSATION")


def own_funds() -> Account:
    """Name the platform's own money put into the pool."""
    return Account("Q:OWN_FUNDS")


def direct(shop_id: int) -> Account:
    """Name money of direct collection, outside the platform (memo)."""
    return Account("M:DIRECT", shop_id)


def direct_contra() -> Account:
    """Name the other side of direct collection (memo)."""
    return Account("M:DIRECT_CONTRA")


def cover(shop_id: int) -> Account:
    """Name a shop's insurance cover that is left (memo)."""
    return Account("M:COVER", shop_id)


def cover_contra() -> Account:
    """Name the other side of the cover (memo)."""
    return Account("M:COVER_CONTRA")
