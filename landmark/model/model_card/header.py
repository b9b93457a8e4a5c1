"""The head of a model's README.md, which model hubs read: YAML between two lines of `---`.

It follows Hugging Face's conventions for model cards. What stands below it is `model_card`'s.
"""

import json
import re
from typing import Any

from landmark.model.bundle.manifest import Bundle

# Hugging Face's names for licences, which are SPDX's in lower case; any other licence is "other", with its own name.
_HUB_LICENCES = {
    "apache-2.0", "mit", "isc", "unlicense", "cc0-1.0", "bsd-2-clause", "bsd-3-clause", "mpl-2.0", "cc-by-4.0",
    "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0",
}  # fmt: skip
_UNTOLD = {"", "unknown", "none", "none needed"}  # what a card says where there is no licence to hand on

# Inside quotes YAML allows what JSON does, but for these: it takes them for line breaks or refuses them.
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def card_header(bundle: Bundle) -> str:
    """The head, with its two lines of `---`: licence, library, task, tags, and the scores as a "model-index"."""
    head: dict[str, Any] = hub_licence(pretraining_licence(bundle)) | {
        "library_name": "timm" if bundle.architecture.get("library") == "timm" else "pytorch",
        "pipeline_tag": "image-classification",
        "tags": ["image-classification", "landmark-recognition", "geolocation", "onnx", "safetensors"],
    }
    if results := _results(bundle):
        head |= {"metrics": ["accuracy"], "model-index": [{"name": bundle.name, "results": results}]}
    return f"---\n{to_yaml(head)}\n---"


def pretraining_licence(bundle: Bundle) -> str:
    """The licence of the weights that training started from, as the card tells it; "unknown" where it does not."""
    licence = str(bundle.pretraining.get("licence") or "").strip()
    return "unknown" if licence.casefold() in _UNTOLD else licence


def hub_licence(licence: str) -> dict[str, str]:
    """A licence as the head tells it.

    >>> hub_licence("Apache-2.0"), hub_licence("unknown")
    ({'license': 'apache-2.0'}, {'license': 'unknown'})
    >>> hub_licence("Museum's terms")
    {'license': 'other', 'license_name': "Museum's terms"}
    """
    known = licence.casefold()
    if known in _HUB_LICENCES or known == "unknown":
        return {"license": known}
    return {"license": "other", "license_name": licence}


def to_yaml(value: Any) -> str:
    """Plain JSON values as YAML, every text in quotes: names may hold colons, quotes, or be called "no".

    >>> print(to_yaml({"name": 'Côte: "d\\'Azur"', "results": [{"value": 0.9, "on": ["test"]}]}))
    name: "Côte: \\"d'Azur\\""
    results:
      - value: 0.9
        on:
          - "test"
    """
    if isinstance(value, dict):
        return "\n".join(f"{key}:{_below(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "\n".join("- " + _indented(to_yaml(item)) for item in value)
    return _NOT_IN_YAML.sub(lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(value, ensure_ascii=False))


def _below(item: Any) -> str:
    nested = isinstance(item, dict | list)
    return f"\n  {_indented(to_yaml(item))}" if nested else f" {to_yaml(item)}"


def _indented(text: str) -> str:
    """Lines that begin two places further right, but for the first one."""
    return text.replace("\n", "\n  ")


def _results(bundle: Bundle) -> list[dict[str, Any]]:
    """How well it does on test photos, or on validation photos where there are none."""
    part = "test" if "test" in bundle.scores else "valid"
    scores = bundle.scores.get(part, {})
    metrics = [
        # Macro accuracy, every landmark counting the same, is what hubs call the macro-averaged recall.
        {"type": kind, "name": name, "value": round(scores[key], 4)} | extra
        for key, kind, name, extra in (
            ("accuracy", "accuracy", "accuracy", {}),
            ("macro_accuracy", "recall", "macro accuracy", {"args": {"average": "macro"}}),
        )
        if key in scores
    ]
    if not metrics:
        return []
    kind = "test" if part == "test" else "validation"
    dataset = {
        "type": "imagefolder",
        "name": f"{scores.get('n_photos', 'unknown')} {kind} photos of {bundle.name}",
        "split": kind,
    }
    return [{"task": {"type": "image-classification"}, "dataset": dataset, "metrics": metrics}]
