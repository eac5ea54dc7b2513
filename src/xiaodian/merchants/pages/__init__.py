"""The pages of merchants that need no room above: staff, settings, reviews, shops, papers."""

from fastapi import APIRouter

from xiaodian.merchants.pages import papers, reviewing, settings, shops, staff

__all__ = ["router"]

router = APIRouter()
for part in (papers, staff, settings, reviewing, shops):
    router.include_router(part.router)
