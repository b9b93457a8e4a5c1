"""How good answers are, as pure functions of arrays: N is the number of photos, C the number of landmarks.

Nothing to measure (no photos), arrays that do not fit together and NaN are a `LandmarkError`.
"""
