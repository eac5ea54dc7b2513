"""The use cases of the catalogue; the only writer of its tables."""

from xiaodian.catalog.service.answering import (
    AnswerReport,
    BulkAnswer,
    Where,
    answer,
    answer_many,
    answers_of,
    parse_answer,
    parse_where,
)
from xiaodian.catalog.service.changing import DraftChanges, SkuInput
from xiaodian.catalog.service.drafting import (
    create_product,
    edit_product,
    set_stock,
    visible_product,
)
from xiaodian.catalog.service.importing import (
    Upload,
    end_import,
    lock_shop,
    plan_of,
    progress_import,
    read_uploads,
    start_import,
    uploads_of,
)
from xiaodian.catalog.service.papers import (
    PaperInput,
    attach_paper,
    check_paper,
    detach_paper,
    upload_paper,
)
from xiaodian.catalog.service.publishing import (
    delete_product,
    list_again,
    move_shop,
    take_down,
)
from xiaodian.catalog.service.reviewing import (
    Decided,
    approve,
    approve_many,
    findings_of,
    reject,
    submit,
    submit_ready,
    withdraw,
)
from xiaodian.catalog.service.rows import bring_in_products, bring_in_skus
from xiaodian.catalog.service.stock import StockWant, return_stock, take_stock
from xiaodian.catalog.service.words import learn_words, words_of

__all__ = [
    "AnswerReport",
    "BulkAnswer",
    "Decided",
    "DraftChanges",
    "PaperInput",
    "SkuInput",
    "StockWant",
    "Upload",
    "Where",
    "answer",
    "answer_many",
    "answers_of",
    "approve",
    "approve_many",
    "attach_paper",
    "bring_in_products",
    "bring_in_skus",
    "check_paper",
    "create_product",
    "delete_product",
    "detach_paper",
    "edit_product",
    "end_import",
    "findings_of",
    "learn_words",
    "list_again",
    "lock_shop",
    "move_shop",
    "parse_answer",
    "parse_where",
    "plan_of",
    "progress_import",
    "read_uploads",
    "reject",
    "return_stock",
    "set_stock",
    "start_import",
    "submit",
    "submit_ready",
    "take_down",
    "take_stock",
    "upload_paper",
    "uploads_of",
    "visible_product",
    "withdraw",
    "words_of",
]
