"""The HTTP server: an API for photo services and a page for people. Needs the extra: pip install '.[serve]'."""
