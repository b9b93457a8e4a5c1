"""The model card: README.md of a bundle, for people and model hubs."""
