"""Where on Earth: coordinates, countries, and the gazetteer of landmarks."""
