"""One module per file format: where its metadata lies, read and written byte by byte."""
