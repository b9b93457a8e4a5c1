"""Folders of labelled photos: landmarks, splits, places, and what is wrong with a data set (`inspection`)."""
