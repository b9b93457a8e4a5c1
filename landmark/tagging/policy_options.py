"""The policy that the options of a command make, and the options that make a policy, as they are typed."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from landmark.core.errors import ConfigurationError
from landmark.core.times import parse_minutes
from landmark.photo import Limits
from landmark.photo.ignore_rules import IgnoreRules
from landmark.tagging.evidence.clocks import offset_text, parse_clocks, zone_text
from landmark.tagging.policy import Policy
from landmark.tagging.track_positions import read_zone


def make_policy(
    threshold: float | None,
    neighbours: str | None,
    wide: bool,
    clocks: Sequence[str],
    tracks: Sequence[Path] = (),
    zone: str | None = None,
    track_gap_min: float | None = None,
    *,
    propose_nearby: str | None = None,
) -> Policy | None:
    """Make the policy of these options; None where none is given. Raises `ConfigurationError`.

    >>> make_policy(None, "90min", False, [], propose_nearby="0.5h").propose_nearby_min
    30.0
    """
    if not (clocks or tracks or wide or propose_nearby) and (threshold, neighbours, zone, track_gap_min) == (None,) * 4:
        return None
    if not tracks and not (zone is None and track_gap_min is None):
        raise ConfigurationError("Found --zone or --track-gap without --track. Expected the track that they are for.")
    if zone is not None:
        read_zone(zone)
    behind_s, ahead_of_utc_s = parse_clocks(clocks)
    return Policy(
        threshold,
        Policy.neighbours_min if neighbours is None else _minutes("--neighbours", neighbours),
        wide,
        clocks_s=behind_s,
        zones_s=ahead_of_utc_s,
        tracks=tuple(str(path.absolute()) for path in tracks),
        zone=zone,
        track_gap_min=Policy.track_gap_min if track_gap_min is None else track_gap_min,
        propose_nearby_min=0.0 if propose_nearby is None else _minutes("--propose-nearby", propose_nearby),
    )


def _minutes(option: str, text: str) -> float:
    minutes = parse_minutes(text)
    if minutes is None:
        raise ConfigurationError(f"Found {option} {text!r}. Expected a duration, such as 15min, 90s or 2h.")
    return minutes


def policy_options(policy: Policy) -> list[str]:
    """Return the options that make a policy.

    >>> policy_options(Policy(0.7, clocks_s={"EOS 5D": -90.0}))
    ['--threshold', '0.7', '--clock', 'EOS 5D=-0:01:30']
    """
    words = [] if policy.threshold is None else ["--threshold", str(policy.threshold)]
    if policy.neighbours_min != Policy.neighbours_min:
        words += ["--neighbours", f"{policy.neighbours_min:g}"]
    if policy.propose_nearby_min:
        words += ["--propose-nearby", f"{policy.propose_nearby_min:g}min"]
    words += ["--wide"] * policy.wide
    words += [word for path in policy.tracks for word in ("--track", path)]
    clocks = [(name, offset_text(behind_s)) for name, behind_s in policy.clocks_s.items()]
    clocks += [(name, zone_text(ahead_s)) for name, ahead_s in policy.zones_s.items()]
    words += [word for name, clock in clocks for word in ("--clock", f"{name}={clock}")]
    words += ["--zone", policy.zone] if policy.zone else []
    if policy.track_gap_min != Policy.track_gap_min:
        words += ["--track-gap", f"{policy.track_gap_min:g}"]
    return words


def command_options(policy: Policy | None, model: Path | None, limits: Limits, rules: IgnoreRules) -> str:
    """Return the options without which the same command would place other photos, each after a space.

    >>> command_options(Policy(0.7), Path("my model"), Limits(), IgnoreRules(exclude=("raw",)))
    " --threshold 0.7 --model 'my model' --exclude raw"
    """
    words = policy_options(policy) if policy else []
    words += ["--model", str(model)] if model else []
    if limits.max_pixels is not None:
        words += ["--max-megapixels", f"{limits.max_pixels / 1_000_000:g}"]
    words += ["--include-hidden"] * rules.include_hidden
    words += [word for pattern in rules.exclude for word in ("--exclude", pattern)]
    return "".join(f" {shlex.quote(word)}" for word in words)


def path_argument(path: Path) -> str:
    """Return a path as an argument that no command takes for an option.

    >>> path_argument(Path("-2024")), path_argument(Path("2024"))
    ('./-2024', '2024')
    """
    text = str(path)
    return os.path.join(os.curdir, text) if text.startswith("-") else text
