"""Pure decisions of registration: facts and a rulebook in, verdict out."""
