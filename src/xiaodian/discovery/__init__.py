"""Discovery: what buyers find in a market: its feed, shelves, searches, products and shops."""

from xiaodian.discovery.queries import feed, offer_page, search, shelves_of, shop_page

__all__ = ["feed", "offer_page", "search", "shelves_of", "shop_page"]
