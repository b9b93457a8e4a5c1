"""Albums made on the spot, with truth: on these the evidence for a place is fitted, and on others of them judged.

`make_album(seed, pool, parameters)` plans the photos of a family's trips; `write_album` writes them as small files with
real EXIF, and their tracks; `PooledPredictor` answers in place of a network, from answers that the model gave to photos
that it was not trained on (`answers`). Every assumption is a number in `parameters`.
"""
