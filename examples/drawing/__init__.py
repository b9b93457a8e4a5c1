"""How the sample postcards are drawn: the brushes, and one module a picture."""
