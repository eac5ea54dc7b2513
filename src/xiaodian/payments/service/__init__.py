"""The use cases of the payment room, one module each."""
