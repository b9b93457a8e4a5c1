"""The resources of Photoshop, in which JPEG and TIFF keep IPTC-IIM: blocks with a number, a name and a length each."""

from collections.abc import Iterable

SIGNATURE = b"Photoshop 3.0\0"  # before them, in a JPEG's segments
_BLOCK, _IPTC = b"8BIM", 0x0404
_MAX_BLOCKS = 1_000


def find_iptc(resources: bytes) -> bytes | None:
    """Return the IPTC-IIM among Photoshop's resources, or None.

    >>> find_iptc(bytes.fromhex("3842494d 0404 0000 00000003 1c0200 00"))
    b'\\x1c\\x02\\x00'
    """
    at = 0
    for _ in range(_MAX_BLOCKS):
        if resources[at : at + 4] != _BLOCK or at + 12 > len(resources):
            return None
        number = int.from_bytes(resources[at + 4 : at + 6], "big")
        n_name = resources[at + 6] + 1
        at += 6 + n_name + n_name % 2
        n_bytes = int.from_bytes(resources[at : at + 4], "big")
        at += 4
        if number == _IPTC and n_bytes:
            return resources[at : at + n_bytes]
        at += n_bytes + n_bytes % 2
    return None


def join_segments(bodies: Iterable[bytes]) -> bytes:
    """Return the resources of a JPEG's segments: where they are too long for one, the next goes on."""
    return b"".join(body[len(SIGNATURE) :] for body in bodies if body.startswith(SIGNATURE))
