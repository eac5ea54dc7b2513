"""Collects, refunds and pays out for a purpose and a reference, not knowing what for."""
