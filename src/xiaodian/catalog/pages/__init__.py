"""The pages of the catalogue: a shop's products, imports and questions; the reviewers' queue."""

from fastapi import APIRouter

from xiaodian.catalog.pages import editor, files, imports, papers, products, questions, reviews

__all__ = ["router"]

router = APIRouter()
for part in (products, editor, papers, imports, questions, reviews, files):
    router.include_router(part.router)
