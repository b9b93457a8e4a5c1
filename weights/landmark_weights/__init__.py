"""The weights that `landmark train` starts from: one file for each model that ships, by its name."""
