"""A folder of landmarks and a recipe in, a bundle out: what `landmark train`, `tune` and `export` do."""
