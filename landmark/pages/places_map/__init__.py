"""A map of photos by place as one HTML file, to zoom from the world to a town, without a network."""
