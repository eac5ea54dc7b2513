"""States and fee lines as the pages write them."""

from __future__ import annotations

from xiaodian.funds import WithdrawalState
from xiaodian.settlement.states import SALE_WORDS, SaleState

__all__ = ["BASES", "FEES", "HOLDS", "PAYEES", "SALES", "TABS", "WITHDRAWALS"]

_TONES: dict[SaleState, str] = {
    SaleState.NONE: "wait",
    SaleState.SCHEDULED: "busy",
    SaleState.HELD: "bad",
    SaleState.SETTLED: "ok",
    SaleState.ADJUSTED: "ok",
    SaleState.CLOSED: "off",
}
SALES = {state: (word, _TONES[state]) for state, word in SALE_WORDS.items()}
"""State → word and tone."""
TABS: tuple[tuple[str, str], ...] = (
    ("", "全部"),
    (SaleState.NONE, SALE_WORDS[SaleState.NONE]),
    (SaleState.SCHEDULED, SALE_WORDS[SaleState.SCHEDULED]),
    (SaleState.HELD, SALE_WORDS[SaleState.HELD]),
    (SaleState.SETTLED, SALE_WORDS[SaleState.SETTLED]),
    (SaleState.ADJUSTED, SALE_WORDS[SaleState.ADJUSTED]),
)
"""The tabs above the settlements: state and word."""
WITHDRAWALS: dict[WithdrawalState, str] = {
    WithdrawalState.REQUESTED: "wait",
    WithdrawalState.REVIEW: "wait",
    WithdrawalState.CONFIRM: "wait",
    WithdrawalState.PROCESSING: "busy",
    WithdrawalState.PAID: "ok",
    WithdrawalState.FAILED: "bad",
    WithdrawalState.REJECTED: "bad",
}
"""State of a withdrawal → tone."""
FEES = {
    "channel": "渠道手续费",
    "handling": "交易手续费",
    "tech": "技术服务费",
    "commission": "平台佣金",
}
"""Fee line → word; a line without one is shown by its code."""
PAYEES = {"CHANNEL": "支付渠道", "PLATFORM": "平台"}
HOLDS = {"after_sale": "售后处理中", "dispute": "纠纷处理中"}
BASES = ("买家实付", "实付与平台优惠之和", "商品实付")
"""The bases of fees as the reasons name them; listed so that their translations are found."""
