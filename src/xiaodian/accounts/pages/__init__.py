"""The pages of people."""

from fastapi import APIRouter

from xiaodian.accounts.pages import account, buyer, demo, people, privacy, staff

__all__ = ["router"]

router = APIRouter()
for part in (buyer, staff, account, privacy, people, demo):
    router.include_router(part.router)
