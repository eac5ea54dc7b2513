"""Pure decisions about products: facts and a rulebook in, verdicts out."""
