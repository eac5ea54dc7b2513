"""The pages of a shop's money: balances, withdrawals, settlements and statements."""

from fastapi import APIRouter

from xiaodian.settlement.pages import funds, operator, statement

__all__ = ["router"]

router = APIRouter()
router.include_router(funds.router)
router.include_router(statement.router)
router.include_router(operator.router)
