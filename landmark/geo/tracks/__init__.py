"""Tracks that a receiver or a phone recorded, and where they say somebody was at a time."""
