"""Reviewing an album: what a person decides on proposals, on a page that is one file, or on one served from here."""
