"""What people look at: HTML pages, figures and the map of the world."""
