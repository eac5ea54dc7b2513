"""The pages of the trade: cart, checkout, paying, the buyer's orders and the shop's."""

from fastapi import APIRouter

from xiaodian.orders.pages import addresses, cart, checkout, mine, paying, selling

__all__ = ["router"]

router = APIRouter()
for part in (cart, checkout, addresses, paying, mine, selling):
    router.include_router(part.router)
