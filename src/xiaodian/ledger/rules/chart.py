"""The chart of accounts (rulebook 5.1): what each account is, and how its balance is kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CHART", "Entry", "Keeping", "Nature", "Part", "entry_of", "head_of"]


class Nature(StrEnum):
    """The kind of an account; the first letter of its code stands for it."""

    ASSET = "asset"
    LIABILITY = "liability"
    CONTROL = "control"
    INCOME = "income"
    EXPENSE = "expense"
    EQUITY = "equity"
    MEMO = "memo"


class Keeping(StrEnum):
    """How the balance of an account is kept (design rule 6)."""

    ROW = "row"
    """A balance row that may not fall below zero: money that somebody could overdraw."""
    SALE = "sale"
    """A column of the sale, guarded there: money that belongs to one order."""
    SUMMED = "summed"
    """No row at all, since every order would queue on it: roll-ups plus the tail of transfers."""


class Part(StrEnum):
    """What stands behind the code in the name of an account."""

    WORD = "word"
    """A channel, an insurer, a provider or a currency; kept in the code itself."""
    SHOP = "shop"
    REF = "ref"
    """An order, a buyer, a creator, a deal or a rain."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the chart.

    ``debit_normal`` says on which side the account grows; balances are shown positive on that
    side. ``one_sided`` accounts never stand on the other side, in sum (invariant 2 of 5.4).
    """

    code: str
    zh: str
    en: str
    nature: Nature
    keeping: Keeping
    parts: tuple[Part, ...] = ()
    debit_normal: bool = False
    one_sided: bool = True

    def title(self, lang: str) -> str:
        """Name the account for a reader."""
        return self.en if lang == "en" else self.zh


_W, _S, _R = Part.WORD, Part.SHOP, Part.REF


def _asset(code: str, zh: str, en: str, *parts: Part, keeping: Keeping = Keeping.SUMMED) -> Entry:
    return Entry(f"A:{code}", zh, en, Nature.ASSET, keeping, parts, debit_normal=True)


def _owed(code: str, zh: str, en: str, *parts: Part, keeping: Keeping = Keeping.ROW) -> Entry:
    return Entry(f"L:{code}", zh, en, Nature.LIABILITY, keeping, parts)


def _income(code: str, zh: str, en: str) -> Entry:
    return Entry(f"I:{code}", zh, en, Nature.INCOME, Keeping.SUMMED, one_sided=False)


def _expense(code: str, zh: str, en: str) -> Entry:
    return Entry(
        f"E:{code}", zh, en, Nature.EXPENSE, Keeping.SUMMED, debit_normal=True, one_sided=False
    )


def _either(
    code: str, zh: str, en: str, nature: Nature, *parts: Part, debit_normal: bool = False
) -> Entry:
    """Make an account that may stand on either side."""
    return Entry(
        code, zh, en, nature, Keeping.SUMMED, parts, debit_normal=debit_normal, one_sided=False
    )


_ENTRIES = (
    _asset("CLEARING", "渠道待清算款", "Owed by the payment channel", _W),
    _asset("POOL", "平台资金池", "Custody pool"),
    _asset("DEPOSIT_BANK", "保证金专户", "Bank account of deposits"),
    _asset("INSURER", "应收保险赔款", "Claims on the insurer", _W),
    # A debt has a row, per shop and only where there is one: it is repaid first on every later
    # credit, so its amount must be known and locked, and it may not be repaid twice.
    _asset("SHOP_DEBT", "商家欠款", "Owed by the merchant", _S, keeping=Keeping.ROW),
    _asset("KOL_DEBT", "达人欠款", "Owed by the creator", _R, keeping=Keeping.ROW),
    _asset("PAYLATER", "先用后付垫款", "Advanced for pay-later buyers", _R),
    _asset("FX", "在途换汇款", "In transit to the exchange provider", _W),
    _asset("FX_FOREIGN", "外汇存款", "Foreign money at the provider", _W),
    _either(
        "C:FX_POSITION", "换汇头寸", "Exchange position", Nature.CONTROL, _W, debit_normal=True
    ),
    _owed("PENDING", "待结算货款", "Pending proceeds", _S, _R, keeping=Keeping.SALE),
    _owed("AVAILABLE", "可提现余额", "Available balance", _S),
    _owed("RESERVE", "平台质保金", "Quality reserve", _S, _R, keeping=Keeping.SALE),
    _owed("DEPOSIT", "店铺保证金", "Shop deposit", _S),
    _owed("QUALITY_DEPOSIT", "质量保证金", "Quality deposit", _S),
    _owed("RISK_DEPOSIT", "风险保证金", "Risk deposit", _S),
    _owed("WITHDRAWING", "提现在途", "Withdrawals in transit", _S),
    _owed("AD_WALLET", "推广钱包", "Promotion wallet", _S),
    _owed("RED_POOL", "红包池", "Red-envelope pool", _R),
    _owed("BUYER_WALLET", "买家钱包", "Buyer wallet", _R),
    _owed("KOL_PENDING", "达人待结佣金", "Creator commission pending", _R),
    _owed("KOL_ESCROW", "互选担保款", "Deal money in escrow", _R),
    _owed("KOL_AVAILABLE", "达人可提现", "Creator balance available", _R),
    _owed("KOL_WITHDRAWING", "达人提现在途", "Creator withdrawals in transit", _R),
    _either("L:CHANNEL_FEE", "代收渠道手续费", "Channel fee passed through", Nature.CONTROL, _W),
    _owed("INSURER_PREMIUM", "代收保险费", "Premiums to pass on", _W, keeping=Keeping.SUMMED),
    _owed("FOREIGN_AVAILABLE", "外币可提现余额", "Available foreign money", _W, _S),
    _income("FEE_HANDLING", "交易手续费收入", "Handling fees"),
    _income("FEE_TECH", "技术服务费收入", "Technical service fees"),
    _income("COMMISSION", "平台佣金收入", "Commission"),
    _income("PENALTY", "违约金收入", "Penalties"),
    _income("AD", "推广收入", "Promotion income"),
    _income("REVIEW_SERVICE", "评价服务收入", "Review service"),
    _expense("SUBSIDY", "平台补贴", "Subsidies"),
    _expense("CHANNEL_COST", "渠道成本", "Channel cost borne by the platform"),
    _expense("BAD_DEBT", "坏账损失", "Bad debt"),
    _expense("COMPENSATION", "平台赔付", "Compensation borne by the platform"),
    _either("Q:OWN_FUNDS", "平台自有资金", "Own funds put in", Nature.EQUITY),
    _either(
        "M:DIRECT", "直连收款（备忘）", "Direct collection (memo)", Nature.MEMO, _S,
        debit_normal=True,
    ),
    _either(
        "M:DIRECT_CONTRA", "直连收款对方（备忘）", "Direct collection, contra (memo)", Nature.MEMO
    ),
    Entry(
        "M:COVER", "保险额度（备忘）", "Cover left (memo)", Nature.MEMO, Keeping.ROW,
        (_S,), debit_normal=True,
    ),
    # Every transfer has two sides, so the cover has a contra account, as direct collection has.
    _either("M:COVER_CONTRA", "保险额度对方（备忘）", "Cover, contra (memo)", Nature.MEMO),
)  # fmt: skip

CHART: dict[str, Entry] = {entry.code: entry for entry in _ENTRIES}
"""Code without its word → the entry; in the order in which a trial balance lists them."""


def head_of(code: str) -> str:
    """Answer the chart's code of an account's code: ``A:CLEARING`` for ``A:CLEARING:wxpay``."""
    nature, _, rest = code.partition(":")
    return f"{nature}:{rest.partition(':')[0]}"


def entry_of(code: str) -> Entry:
    """Answer the chart's line of a code, with or without its word; KeyError when there is none."""
    return CHART[head_of(code)]
