"""Pure words that every floor may use: money, time, ids, refusals, events, pages of a list."""
