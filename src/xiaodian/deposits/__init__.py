"""Deposits: what a shop must lodge, what is short, and what is taken from it."""
