"""The JSON doors of merchants, for applicants and shop staff, and for operators."""

from fastapi import APIRouter

from xiaodian.merchants.api import applications, operators, shops

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["merchants"])
for part in (applications, shops, operators):
    router.include_router(part.router)
