"""The subcommands of `landmark`, a module for each; `cli` gathers them."""
