"""Reads of the catalogue."""

from xiaodian.catalog.queries.drafts import drafts_of
from xiaodian.catalog.queries.imports import (
    ImportView,
    OpenQuestion,
    get_run,
    list_runs,
    questions_by_number,
)
from xiaodian.catalog.queries.products import (
    PaperView,
    ProductFilter,
    ProductLine,
    ProductView,
    QuestionView,
    SkuView,
    get_paper,
    list_papers,
    list_products,
    product_counts,
    product_view,
)
from xiaodian.catalog.queries.questions import QuestionGroup, question_groups
from xiaodian.catalog.queries.reports import faults_said, questions_of_run, report_file
from xiaodian.catalog.queries.reviews import (
    ReviewView,
    list_reviews,
    review_counts,
    review_facts,
    reviews_of,
)
from xiaodian.catalog.queries.storefront import (
    OfferSku,
    OfferView,
    ProductCard,
    SaleSku,
    cards_of,
    count_by_category,
    get_offer,
    get_sale_skus,
    list_cards,
    search_products,
)

__all__ = [
    "ImportView",
    "OfferSku",
    "OfferView",
    "OpenQuestion",
    "PaperView",
    "ProductCard",
    "ProductFilter",
    "ProductLine",
    "ProductView",
    "QuestionGroup",
    "QuestionView",
    "ReviewView",
    "SaleSku",
    "SkuView",
    "cards_of",
    "count_by_category",
    "drafts_of",
    "faults_said",
    "get_offer",
    "get_paper",
    "get_run",
    "get_sale_skus",
    "list_cards",
    "list_papers",
    "list_products",
    "list_reviews",
    "list_runs",
    "product_counts",
    "product_view",
    "question_groups",
    "questions_by_number",
    "questions_of_run",
    "report_file",
    "review_counts",
    "review_facts",
    "reviews_of",
    "search_products",
]
