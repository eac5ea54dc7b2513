"""What the JSON doors of the catalogue take and answer."""

from xiaodian.catalog.schemas.answers import (
    MadeAnswer,
    PaperAnswer,
    PapersAnswer,
    ProductAnswer,
    ProductsAnswer,
    ReviewAnswer,
    ReviewsAnswer,
)
from xiaodian.catalog.schemas.bodies import (
    AnswerBody,
    ApproveBody,
    BulkAnswerBody,
    CheckPaperBody,
    NewProductBody,
    ProductBody,
    ProductIdsBody,
    ProductQuery,
    RejectBody,
    StockBody,
)
from xiaodian.catalog.schemas.runs import (
    AnswersAnswer,
    DecidedAnswer,
    ImportAnswer,
    ImportsAnswer,
    QuestionGroupsAnswer,
)

__all__ = [
    "AnswerBody",
    "AnswersAnswer",
    "ApproveBody",
    "BulkAnswerBody",
    "CheckPaperBody",
    "DecidedAnswer",
    "ImportAnswer",
    "ImportsAnswer",
    "MadeAnswer",
    "NewProductBody",
    "PaperAnswer",
    "PapersAnswer",
    "ProductAnswer",
    "ProductBody",
    "ProductIdsBody",
    "ProductQuery",
    "ProductsAnswer",
    "QuestionGroupsAnswer",
    "RejectBody",
    "ReviewAnswer",
    "ReviewsAnswer",
    "StockBody",
]
