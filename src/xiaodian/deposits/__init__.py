"""Deposits: what a shop must lodge, what is short, and what is taken from it."""

from xiaodian.deposits import rules

__all__ = ["rules"]
