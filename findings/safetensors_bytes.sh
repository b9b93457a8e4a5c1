#!/usr/bin/env bash
# The same tensors and the same metadata, saved twice: are the files equal?
#
# One would guess: yes. A safetensors file is a JSON header and the tensors' bytes, and nothing in it depends on time or place.
# What happens: with two or more metadata keys, the keys are written in another order from one process to the next (within a
#   process too, for files saved one after the other), so the files and their SHA-256 differ. The tensors are equal, and with
#   at most one metadata key the files are too. Tensors given in another order do give the same file.
# Version: safetensors 0.8.0 with numpy 2.4.
# Why it matters here: a bundle lists the SHA-256 of weights.safetensors. Exporting the same checkpoint twice makes two bundles
#   whose weights are equal and whose digests are not, so a digest tells that a file was changed, never that two models differ.
#   Compare tensors, or store the metadata as one key that holds JSON.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install safetensors==0.8.0 numpy 2>"$folder/pip.log" || {
  cat "$folder/pip.log" >&2
  exit 2
}

cat >"$folder/save.py" <<'PY'
import hashlib
import sys

import numpy as np
from safetensors.numpy import load, save

tensors = {"a": np.arange(6, dtype=np.float32), "b": np.ones((2, 3), dtype=np.float16)}
metadata = {key: key.upper() for key in sys.argv[1:]}
content = save(tensors, metadata=metadata)
loaded = load(content)
assert all(np.array_equal(loaded[name], value) for name, value in tensors.items())
print(hashlib.sha256(content).hexdigest()[:16])
PY

# 16 processes each; by chance alone six keys would not give one and the same file in 10^40 tries.
digests() { for _ in $(seq 16); do "$folder/venv/bin/python" "$folder/save.py" "$@"; done | sort -u | wc -l; }
none=$(digests)
one=$(digests architecture)
six=$(digests architecture origin licence mean std pad_type)
echo "different files of 16 equal saves: $none without metadata, $one with one key, $six with six keys"
[ "$none" -eq 1 ] && [ "$one" -eq 1 ] && [ "$six" -gt 1 ]
