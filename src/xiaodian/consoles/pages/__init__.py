"""The pages that need several rooms, or none."""

from fastapi import APIRouter

from xiaodian.consoles.pages import operator, public

__all__ = ["router"]

router = APIRouter()
router.include_router(public.router)
router.include_router(operator.router)
