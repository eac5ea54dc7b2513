"""Settlement: sales, what is taken of them, and when the rest is the merchant's."""

from xiaodian.settlement import rules

__all__ = ["rules"]
