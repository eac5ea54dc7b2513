"""The pages that need several rooms, or none."""

from fastapi import APIRouter

from xiaodian.consoles.pages import applying, merchant, operator, public, shop

__all__ = ["router"]

router = APIRouter()
router.include_router(public.router)
router.include_router(operator.router)
router.include_router(merchant.router)
router.include_router(applying.router)
router.include_router(shop.router)
