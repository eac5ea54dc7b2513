"""The outside world in miniature: payment, carriers, messages, and the worlds played in it."""
