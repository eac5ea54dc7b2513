"""The use cases of the logistics room, one module each."""
