"""Measures how long it takes to find the JSON files of all photos of one Takeout folder, by the number of photos.

python benchmarks/takeout_names.py
"""

import time

from landmark.metadata.takeout_matching import TakeoutMatching

KINDS = {
    "short names": "IMG_{:06}.jpg",
    "long names": "{:06} Grandmother at the birthday in our new home.jpg",
    "letters and signs": "{:06} Z\u00fcrich & Umgebung.jpg",
}


def main() -> None:
    """Print a row for each kind of names and number of photos; a tenth of the photos has no JSON."""
    print("names               photos      s")
    for kind, form in KINDS.items():
        for n_photos in (12_500, 25_000, 50_000):
            photos = [form.format(number) for number in range(n_photos)]
            jsons = [f"{(photo + '.supplemental-metadata')[:46]}.json" for photo in photos[n_photos // 10 :]]
            start = time.perf_counter()
            matching = TakeoutMatching(photos, jsons)
            n_found = sum(bool(matching.find(photo).files) for photo in photos)
            assert n_found == len(jsons), f"found {n_found} of {len(jsons)}"
            print(f"{kind:18} {n_photos:7,} {time.perf_counter() - start:6.2f}")


if __name__ == "__main__":
    main()
