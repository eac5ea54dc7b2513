"""The operator's pages of money: the books, what does not hold, withdrawals and adjustments."""

from fastapi import APIRouter

from xiaodian.funds.pages import books, withdrawals

__all__ = ["router"]

router = APIRouter()
router.include_router(books.router)
router.include_router(withdrawals.router)
