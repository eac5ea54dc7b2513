"""Ports nobody uses."""

from __future__ import annotations

import socket


def free_port() -> int:
    """Answer a port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
