"""The review page that is served from this machine alone: rows come when looked at, decisions are kept at once."""
