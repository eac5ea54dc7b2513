"""From TOML to frozen rulebooks; anything doubtful stops here, with file, key and reason."""

from xiaodian.rulebooks.loader.library import Library, load_all, shipped
from xiaodian.rulebooks.loader.reading import parse_rulebook

__all__ = ["Library", "load_all", "parse_rulebook", "shipped"]
