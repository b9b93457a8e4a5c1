"""What speaks for and against a place of a photo: times, clocks, photos nearby in time, and weights."""
