"""What a photo's metadata says of where and when it was taken, and the place written into it without touching the rest.

EXIF and XMP inside photos, XMP sidecars and the JSON of a Google Takeout beside them.
"""
