"""Train: recipe, networks, data, loop, checkpoint, tracking, export, and the pipeline that joins them (extra: train).

Nothing is imported here, so that a recipe can be read without PyTorch.
"""
