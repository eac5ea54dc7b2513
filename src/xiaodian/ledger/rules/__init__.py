"""The chart of accounts, and how each business event becomes transfers. Pure data and words."""
