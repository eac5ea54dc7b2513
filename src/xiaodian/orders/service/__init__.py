"""The use cases of the order room, one module each."""
