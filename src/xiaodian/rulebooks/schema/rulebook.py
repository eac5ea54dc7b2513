"""One version of one market's rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from xiaodian.rulebooks.schema.data import Data
from xiaodian.rulebooks.schema.deposit import DepositPolicy
from xiaodian.rulebooks.schema.leaf import Leaf, Origin, weakest
from xiaodian.rulebooks.schema.logistics import Logistics
from xiaodian.rulebooks.schema.platform import CategoryTree, Platform
from xiaodian.rulebooks.schema.product import Product
from xiaodian.rulebooks.schema.promotion import Promotion
from xiaodian.rulebooks.schema.registration import Registration
from xiaodian.rulebooks.schema.service import Service
from xiaodian.rulebooks.schema.terms import Section
from xiaodian.rulebooks.schema.trade import Trade

__all__ = ["Rulebook", "Rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules(Section):
    """The body of a rulebook.

    Who the market is, its category tree, and one part for each dimension.
    """

    platform: Platform
    categories: CategoryTree
    registration: Registration
    deposit: DepositPolicy
    product: Product
    trade: Trade
    data: Data
    promotion: Promotion
    service: Service
    logistics: Logistics


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook(Rules):
    """A version of a market's rules with plain values, and the leaves that say where each is from.

    ``effective_to`` None means until a later version begins.
    """

    market: str
    version: str
    effective_from: datetime
    effective_to: datetime | None
    source: str
    leaves: Mapping[str, Leaf]

    @property
    def ref(self) -> str:
        """Answer what orders, cases and penalties store: ``wechat@1.0.0``."""
        return f"{self.market}@{self.version}"

    def leaf(self, path: str) -> Leaf:
        """Answer the leaf of a dotted path such as ``deposit.base_fen``.

        KeyError when there is none.
        """
        return self.leaves[path]

    def under(self, prefix: str) -> list[Leaf]:
        """List the leaves of a part of the book, in the order of the file."""
        return [
            leaf
            for path, leaf in self.leaves.items()
            if path == prefix or path.startswith(f"{prefix}.")
        ]

    def origin_of(self, paths: Iterable[str]) -> Origin:
        """Answer the weakest origin among leaves."""
        return weakest(self.leaves[path].origin for path in paths)
