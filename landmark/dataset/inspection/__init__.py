"""What is in a folder of landmarks (`contents`), what is wrong with it (`examination`), and a cleaned copy."""

from landmark.dataset.inspection.contents import Inspection, inspect_data, sample_photos

__all__ = ["Inspection", "inspect_data", "sample_photos"]
