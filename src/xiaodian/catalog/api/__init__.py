"""The JSON doors of the catalogue: a shop's products and imports, the reviewers' queue."""

from fastapi import APIRouter

from xiaodian.catalog.api import imports, papers, products, reviews

__all__ = ["router"]

router = APIRouter(prefix="/api/v1")
for part in (products, imports, papers, reviews):
    router.include_router(part.router)
