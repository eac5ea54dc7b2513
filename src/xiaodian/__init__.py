"""A social-commerce platform whose market rules are data."""

__all__ = ["__version__"]

__version__ = "0.1.0"
