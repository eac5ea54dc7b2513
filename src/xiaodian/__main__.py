"""``python -m xiaodian``."""

from xiaodian.cli import main

main()
