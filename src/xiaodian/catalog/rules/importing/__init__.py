"""A merchant's sheets: every row becomes the beginning of a draft, or is refused by name."""

from xiaodian.catalog.rules.importing.columns import (
    REPORT_HEADING,
    SheetKind,
    heading_of,
    read_columns,
)
from xiaodian.catalog.rules.importing.outcomes import (
    Known,
    Plan,
    ProductRow,
    RowFault,
    RowRefusal,
    SkuRow,
)
from xiaodian.catalog.rules.importing.plan import plan_import

__all__ = [
    "REPORT_HEADING",
    "Known",
    "Plan",
    "ProductRow",
    "RowFault",
    "RowRefusal",
    "SheetKind",
    "SkuRow",
    "heading_of",
    "plan_import",
    "read_columns",
]
