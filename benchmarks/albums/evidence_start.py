"""Where the fit of the evidence begins: weights that are drawn towards what a person would guess.

Cells of the tables with few photos stay close to these.
"""

GAPS_MIN = (0.25, 3, 15, 60, 240, 1440, 4320)
BEYOND_KM = (0, 1, 5, 25, 250, 1000)
NEAR_GAPS_MIN = (2, 5, 15, 30, 60, 120)
APART_KM = (0.2, 1, 5, 25)
_TYPICAL_GAP_H = (0.002, 0.03, 0.15, 0.6, 2.5, 12, 48)
_TYPICAL_KM = (0, 0.5, 3, 12, 80, 500, 3000)
_SPEEDS_KM_H = ((5, 0.6), (30, 0.0), (120, -0.7), (1000, -3.0))

Near = list[list[list[float] | None]]  # radius in km and probability, by gap and by distance


def start_weights() -> dict[str, list[list[float]]]:
    """Return weights by source, gap and distance beyond reach, in log-odds."""
    gps = [[_weight(hours, km) for km in _TYPICAL_KM] for hours in _TYPICAL_GAP_H]
    gps = [[min(row[: column + 1]) for column in range(len(row))] for row in gps]  # never rising with the distance
    return {
        "gps": gps,
        "landmark": [[-2.0, -4.0], [0.5, -0.5], [1.0, 0.0], [2.0, 1.5]],  # none, one, two, more agree; some elsewhere
        "track": [[2.1, 1.0, -0.7, -2.0, -4.0, -6.0, -6.0]],
        "journey": [[0.5, 0.4, 0.2, 0.0, -1.0, -2.0, -3.0]],
    }


def start_near() -> dict[str, Near]:
    """Return radius in km and probability of places near other photos."""
    one: Near = [[[0.2, 0.95]], [[0.5, 0.95]], [[1.0, 0.92]], [None], [None], [None]]
    two: Near = [[[0.2, 0.97], [0.5, 0.96], [2.0, 0.95], None] for _ in range(4)]
    two += [[[0.5, 0.95], [1.0, 0.93], None, None] for _ in range(2)]
    return {f"{source} {sides}": (one, two)[sides - 1] for source in ("gps", "landmark") for sides in (1, 2)}


def _weight(hours: float, km: float) -> float:
    if km <= 1:
        return 2.1 if hours <= 1 else 1.5 if hours <= 4 else 0.8 if hours <= 24 else 0.4
    speed_km_h = km / (hours + 0.05)
    return next((weight for limit, weight in _SPEEDS_KM_H if speed_km_h <= limit), -6.0)


def start_file() -> dict[str, object]:
    """Return a whole file of numbers to start from, in which every place near others is proposed."""
    return {
        "schema_version": 1,
        "slope": 1.0,
        "offset": 0.0,
        "gaps_min": GAPS_MIN,
        "beyond_km": BEYOND_KM,
        "weights": start_weights(),
        "near_gaps_min": NEAR_GAPS_MIN,
        "apart_km": APART_KM,
        "near": start_near(),
        "right": {"alone": [0.0, 1.0], "with_evidence": [0.0, 1.0]},
        "track_right": {"agrees": 0.99, "alone": 0.97, "contradicts": 0.8},
        "fitted_on": {},
    }
