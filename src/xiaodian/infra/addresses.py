"""Where an address leads."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

__all__ = ["is_loopback"]


def is_loopback(address: str) -> bool:
    """Tell whether an address (host or URL) stays on this machine."""
    host = urlsplit(address).hostname if "://" in address else address
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
