"""The frame of every page: look, fields, preferences, limits, errors. Knows no subject."""
