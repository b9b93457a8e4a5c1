"""The Taj Mahal from the garden, in the morning: marble, four minarets, the long pool."""

import random
from collections.abc import Sequence

from PIL import Image

from drawing.brushes import Canvas, Colour, Point, Stops, box, curve, mirrored, mix

MIDDLE = 600.0
GROUND = 478.0  # where the marble terrace meets the garden
LIT, MARBLE, SHADE, DEEP = "#fff6e6", "#efe4d6", "#b9b0b8", "#7d7688"
ROUND: Stops = [
    (0, "#f3e6d4"),
    (0.2, LIT),
    (0.5, "#ece1d6"),
    (0.8, "#b5abb3"),
    (1, "#958d9c"),
]  # a cylinder lit from the left
SANDSTONE: Stops = [(0, "#c48a6c"), (1, "#9d6650")]


def pointed_arch(x: float, bottom: float, width: float, height: float) -> list[Point]:
    """A Mughal arch: straight jambs, round shoulders, a small point."""
    half, spring = width / 2, bottom - height * 0.58
    left = curve(
        (x, bottom - height),
        ((x - half * 0.25, bottom - height * 0.93), (x - half, bottom - height * 0.86), (x - half, spring)),
    )
    return mirrored([*left, (x - half, bottom)], x)


def onion(x: float, bottom: float, width: float, height: float) -> list[Point]:
    """A dome that swells above its drum and closes in a point."""
    half = width / 2
    left = curve(
        (x, bottom - height),
        (
            (x - half * 0.06, bottom - height * 0.94),
            (x - half * 0.34, bottom - height * 0.9),
            (x - half * 0.7, bottom - height * 0.69),
        ),
        ((x - half * 1.03, bottom - height * 0.49), (x - half * 1.1, bottom - height * 0.2), (x - half * 0.88, bottom)),
    )
    return mirrored(left, x)


def finial(canvas: Canvas, x: float, bottom: float, height: float) -> None:
    """The gilded spike on a dome."""
    gold: Stops = [(0, "#8c6a2c"), (0.35, "#f1d68a"), (1, "#7c5a24")]
    canvas.fill(mirrored([(x - 0.4, bottom - height), (x - height * 0.05, bottom)], x), gold, across=True)
    for at, size in ((0.18, 0.11), (0.42, 0.085), (0.62, 0.06)):
        y = bottom - height * at
        canvas.fill(
            mirrored(
                curve(
                    (x, y - height * size),
                    (
                        (x - height * size * 1.3, y - height * size),
                        (x - height * size * 1.3, y + height * size),
                        (x, y + height * size),
                    ),
                ),
                x,
            ),
            gold,
            across=True,
        )


def dome(canvas: Canvas, x: float, bottom: float, width: float, height: float, *, seams: int = 0) -> None:
    """An onion dome with its lotus cap and finial."""
    outline = onion(x, bottom, width, height)
    canvas.fill(outline, ROUND, across=True, grain=0.12, cell=(width / 3, 5), seed=round(width))
    canvas.fill(
        onion(x + width * 0.03, bottom, width * 0.9, height * 0.97),
        [(0, "#fff9ec"), (0.65, "#fff9ec"), (1, "#a79da6")],
        opacity=0.16,
    )
    for course in range(1, seams):
        y = bottom - height * 0.9 * course / seams
        reach = max((x - px for px, py in outline if abs(py - y) < height * 0.03), default=0.0)
        canvas.line(
            curve(
                (x - reach, y),
                ((x - reach * 0.5, y + height * 0.018), (x + reach * 0.5, y + height * 0.018), (x + reach, y)),
            ),
            mix(MARBLE, SHADE, 0.25),
            0.35,
        )
    petals = bottom - height * 0.87
    cap = curve(
        (x, bottom - height * 1.02),
        (
            (x - width * 0.03, bottom - height * 0.98),
            (x - width * 0.07, bottom - height * 0.95),
            (x - width * 0.185, petals),
        ),
    )
    canvas.fill(mirrored(cap, x), [(0, "#e6d8c8"), (0.35, LIT), (1, "#9c939e")], across=True)
    if seams:
        for petal in range(-4, 5):
            tip = x + petal * width * 0.043
            canvas.fill(
                mirrored(
                    [(tip, petals + height * 0.035 - abs(petal) * 0.5), (tip - width * 0.02, petals - height * 0.01)],
                    tip,
                ),
                mix(LIT, "#a39aa4", (petal + 4) / 9),
            )
    finial(canvas, x, bottom - height, height * 0.3)


def kiosk(canvas: Canvas, x: float, bottom: float, width: float, height: float) -> None:
    """A chhatri: slender pillars, open arches, a dome."""
    pillars = bottom - height * 0.42
    canvas.fill(box(x - width * 0.47, pillars, x + width * 0.47, bottom), [(0, "#8d95a8"), (1, "#a8a4ac")])
    for part in range(4):
        left = x - width * 0.47 + part * width * 0.94 / 3 - width * 0.035
        canvas.fill(box(left, pillars, left + width * 0.09, bottom), ROUND, across=True)
    canvas.fill(box(x - width * 0.47, pillars, x + width * 0.47, pillars + height * 0.07), ROUND, across=True)
    canvas.fill(
        [
            (x - width * 0.62, pillars + 1),
            (x + width * 0.62, pillars + 1),
            (x + width * 0.5, pillars - height * 0.05),
            (x - width * 0.5, pillars - height * 0.05),
        ],
        ROUND,
        across=True,
    )
    canvas.fill(box(x - width * 0.56, pillars + 1, x + width * 0.56, pillars + height * 0.035), DEEP, opacity=0.5)
    canvas.fill(box(x - width * 0.52, bottom - height * 0.05, x + width * 0.52, bottom), ROUND, across=True)
    dome(canvas, x, pillars - height * 0.04, width * 0.92, height * 0.5)


def niche(canvas: Canvas, x: float, bottom: float, width: float, height: float, face: Colour) -> None:
    """A framed recess with its half dome in the shade."""
    frame = box(x - width / 2, bottom - height, x + width / 2, bottom)
    canvas.fill(frame, mix(face, "#8a7f88", 0.28))
    canvas.fill(box(x - width * 0.47, bottom - height * 0.98, x + width * 0.47, bottom), face)
    arch = pointed_arch(x, bottom, width * 0.74, height * 0.88)
    canvas.fill(arch, [(0, "#8f8796"), (0.3, "#a59daa"), (0.62, "#8b8393"), (1, "#79717f")])
    lit = [(px * 0.6 + (x + width * 0.3) * 0.4, py) for px, py in arch]
    canvas.fill(lit, [(0, "#b6aeb4"), (1, "#c9bfbd")], across=True, opacity=0.55)
    canvas.fill(pointed_arch(x, bottom, width * 0.3, height * 0.42), [(0, "#5b5366"), (1, "#6a616f")])


def minaret(canvas: Canvas, x: float, bottom: float, height: float) -> None:
    """A tapering shaft with three balconies and a kiosk."""
    wide, narrow = height * 0.049, height * 0.035
    top = bottom - height * 0.83
    canvas.fill(
        [
            (x - wide * 1.15, bottom),
            (x - wide, bottom - height * 0.05),
            (x + wide, bottom - height * 0.05),
            (x + wide * 1.15, bottom),
        ],
        ROUND,
        across=True,
    )
    canvas.fill(
        [(x - wide, bottom), (x - narrow, top), (x + narrow, top), (x + wide, bottom)],
        ROUND,
        across=True,
        grain=0.2,
        cell=(30, 2.5),
        seed=round(x),
    )
    for course in range(1, 26):
        y = bottom - height * 0.83 * course / 26
        reach = wide + (narrow - wide) * course / 26
        canvas.line([(x - reach, y), (x, y + reach * 0.12), (x + reach, y)], mix(SHADE, MARBLE, 0.35), 0.35)
    for at in (0.29, 0.56, 0.83):
        y = bottom - height * at
        reach = wide + (narrow - wide) * at / 0.83
        canvas.fill(
            [
                (x - reach, y + height * 0.03),
                (x - reach * 1.75, y),
                (x + reach * 1.75, y),
                (x + reach, y + height * 0.03),
            ],
            [(0, "#cdc2bd"), (0.4, "#a59ca3"), (1, "#6f6878")],
            across=True,
        )
        canvas.fill(box(x - reach * 1.75, y - height * 0.016, x + reach * 1.75, y + 0.5), ROUND, across=True)
    kiosk(canvas, x, top, narrow * 2.5, height * 0.15)


def guldasta(canvas: Canvas, x: float, bottom: float, top: float, width: float = 2.6) -> None:
    """A slender engaged column that ends in a bud above the roof."""
    canvas.fill(box(x - width / 2, top, x + width / 2, bottom), ROUND, across=True)
    canvas.fill(onion(x, top + 1, width * 2, width * 2.8), ROUND, across=True)
    canvas.line([(x, top - width * 2.4), (x, top - width * 4)], "#b89a5a", 0.7)


def tomb(canvas: Canvas) -> None:
    """The building on its terrace."""
    roof, base = 318.0, 452.0
    # Chamfered corners turn away from the eye: the left one catches the sun, the right one lies in the shade.
    faces: Sequence[tuple[float, float, Colour]] = ((-164, -128, "#f7ead6"), (-128, 128, MARBLE), (128, 164, "#a79ea8"))
    for kx in (-84, 84):  # the kiosks at the back, a little smaller
        kiosk(canvas, MIDDLE + kx, roof - 2, 34, 62)
    drum = box(MIDDLE - 68, 262, MIDDLE + 68, roof)
    dome(canvas, MIDDLE, 268, 162, 156, seams=11)
    canvas.fill(drum, ROUND, across=True, grain=0.12, cell=(20, 4), seed=3)
    for y, height in ((264, 5), (282, 1.6), (292, 1.2)):
        canvas.fill(
            box(MIDDLE - 71, y, MIDDLE + 71, y + height),
            [(0, "#d8ccc2"), (0.25, "#f4e9da"), (0.6, "#c9bdbb"), (1, "#837b89")],
            across=True,
        )
    canvas.fill(box(MIDDLE - 68, 296, MIDDLE + 68, roof), "#8c8490", opacity=0.35)
    for left, right, colour in faces:
        canvas.fill(
            box(MIDDLE + left, roof, MIDDLE + right, base),
            [(0, colour), (1, mix(colour, "#e9c9a4", 0.22))],
            grain=0.18,
            cell=(40, 3),
            seed=8,
        )
    for side in (-1, 1):
        for bottom in (base - 2, roof + 66):
            niche(canvas, MIDDLE + side * 93, bottom, 50, 56, MARBLE)
        corner = "#f5e8d4" if side < 0 else "#aba2ab"
        for bottom in (base - 2, roof + 66):
            niche(canvas, MIDDLE + side * 146, bottom, 27, 56, corner)
    canvas.fill(
        box(MIDDLE - 166, roof - 5, MIDDLE + 166, roof + 4),
        [(0, "#fdf3e2"), (0.86, "#e9ddd2"), (0.9, "#9c93a0"), (1, "#8d8592")],
        across=True,
    )
    canvas.fill(box(MIDDLE - 164, roof + 4, MIDDLE + 164, roof + 7), DEEP, opacity=0.35)
    canvas.fill(box(MIDDLE - 128, roof + 66, MIDDLE + 128, roof + 69), "#cfc3ba")
    # The portal stands before the wall and above its roof.
    canvas.fill(box(MIDDLE + 62, roof - 14, MIDDLE + 70, base), "#6f6878", opacity=0.3, blur=2)
    canvas.fill(
        box(MIDDLE - 62, roof - 24, MIDDLE + 62, base),
        [(0, "#fbf0df"), (1, "#efdcc2")],
        grain=0.12,
        cell=(40, 3),
        seed=5,
    )
    canvas.fill(box(MIDDLE - 54, roof - 14, MIDDLE + 54, base), "#c4b6ac")
    canvas.fill(box(MIDDLE - 52.5, roof - 12.5, MIDDLE + 52.5, base), "#f4e8d7")
    canvas.fill(box(MIDDLE - 45, roof - 5, MIDDLE + 45, base), "#b9aca6")
    canvas.fill(box(MIDDLE - 43.5, roof - 3.5, MIDDLE + 43.5, base), "#efe3d4")
    inlay = random.Random(4)
    for side in (-1, 1):
        for verse in range(round(roof) - 8, round(base), 4):  # the verses in black marble up the frame
            canvas.line(
                [
                    (MIDDLE + side * 48.6, verse),
                    (MIDDLE + side * (48.6 + inlay.uniform(-1, 1)), verse + inlay.uniform(1.4, 3)),
                ],
                "#8d8290",
                0.9,
            )
        for _ in range(26):  # flowers in the spandrels
            across, down = inlay.uniform(20, 41), inlay.uniform(2, 30)
            if down < 4 + (across - 8) * 0.75:
                canvas.dot(
                    MIDDLE + side * across, roof + down - 2, 1.1, 0.8, inlay.choice(("#b98e78", "#94a08a", "#a98fa0"))
                )
    for x in range(-46, 47, 4):
        canvas.line([(MIDDLE + x, roof - 10.5), (MIDDLE + x + inlay.uniform(0.8, 2.6), roof - 7)], "#8d8290", 0.9)
    arch = pointed_arch(MIDDLE, base, 78, 122)
    canvas.fill(pointed_arch(MIDDLE, base, 82, 125), "#d8c8b4")
    canvas.fill(arch, [(0, "#6e6577"), (0.22, "#9c92a0"), (0.45, "#8d8391"), (1, "#7d7381")])
    for ring in range(5):  # the half dome inside, course by course
        course = base - 112 + ring * 9
        canvas.line(
            curve(
                (MIDDLE - 12 - ring * 6, course + 8),
                ((MIDDLE - 6, course), (MIDDLE + 6, course), (MIDDLE + 12 + ring * 6, course + 8)),
            ),
            "#b4aab2",
            0.7,
        )
    canvas.fill(
        [(MIDDLE + 12, base), (MIDDLE + 12, base - 66), (MIDDLE + 38, base - 78), (MIDDLE + 38, base)],
        [(0, "#c9beba"), (1, "#d9cdc2")],
        across=True,
        opacity=0.8,
    )
    canvas.fill(box(MIDDLE - 26, base - 70, MIDDLE + 22, base), [(0, "#9b919d"), (1, "#a79ca4")])
    for bottom, width, height in ((base, 24, 40), (base - 40, 20, 25)):
        canvas.fill(pointed_arch(MIDDLE - 2, bottom, width, height), [(0, "#463f52"), (1, "#57505f")])
    for x in (-64, 64):
        guldasta(canvas, MIDDLE + x, base, roof - 36, 3.4)
    for x in (-128, 128, -165, 165):
        guldasta(canvas, MIDDLE + x, base, roof - 14)
    for kx in (-104, 104):
        kiosk(canvas, MIDDLE + kx, roof - 4, 46, 84)


def terrace(canvas: Canvas) -> None:
    """The marble terrace with its blind arches, on red sandstone."""
    left, right, top = 296.0, 904.0, 450.0
    canvas.fill(
        box(left, top, right, GROUND),
        [(0, "#fbefdc"), (0.7, "#efe2d2"), (1, "#cdbfb8")],
        across=True,
        grain=0.12,
        cell=(40, 3),
        seed=6,
    )
    canvas.fill(box(left - 3, top - 3, right + 3, top + 2), [(0, LIT), (1, "#d2c6be")], across=True)
    canvas.fill(box(left, top + 2, right, top + 4), DEEP, opacity=0.35)
    for x in range(round(left) + 12, round(right) - 6, 19):
        if abs(x - MIDDLE) > 26:
            canvas.fill(box(x - 7, top + 6, x + 7, GROUND - 2), "#d3c5ba")
            canvas.fill(pointed_arch(x, GROUND - 2, 11, 17), [(0, "#a1979d"), (1, "#bbb0ae")])
    canvas.fill(box(MIDDLE - 22, top + 3, MIDDLE + 22, GROUND), [(0, "#6b6270"), (1, "#a0958f")], opacity=0.75)
    canvas.fill(box(left - 60, GROUND - 2, right + 60, GROUND + 9), SANDSTONE, grain=0.3, cell=(8, 3), seed=7)


def beyond(canvas: Canvas) -> None:
    """Trees and the red gate roofs at both sides."""
    for side in (-1, 1):
        for x, height, seed in ((560, 74, 1), (490, 92, 2), (420, 84, 3), (360, 58, 4), (600, 112, 5), (530, 66, 6)):
            centre = MIDDLE + side * x
            crown = curve(
                (centre - 52, GROUND + 6),
                (
                    (centre - 76, GROUND - height * 0.7),
                    (centre - 30, GROUND - height * 1.15),
                    (centre + 6, GROUND - height),
                ),
                (
                    (centre + 52, GROUND - height * 0.95),
                    (centre + 74, GROUND - height * 0.4),
                    (centre + 52, GROUND + 6),
                ),
            )
            canvas.foliage(crown, ("#1d2c1c", "#3f5c2e", "#93a45c"), leaf=2.6, clump=22, seed=seed + 10 * side)
    canvas.haze(330, GROUND + 40, "#f3dcc4", 0.36)


def cypress(canvas: Canvas, x: float, bottom: float, height: float, seed: int) -> None:
    """A dark flame of a tree with its shadow on the grass."""
    half = height * 0.13
    canvas.fill(
        [
            (x, bottom - 1),
            (x + height * 0.62, bottom + height * 0.035),
            (x + height * 0.6, bottom + height * 0.09),
            (x, bottom + height * 0.05),
        ],
        "#27381c",
        opacity=0.5,
        blur=height * 0.012,
    )
    canvas.fill(box(x - half * 0.14, bottom - height * 0.12, x + half * 0.14, bottom + 1), "#4c3a2a")
    outline = curve(
        (x, bottom - height),
        (
            (x - half * 0.5, bottom - height * 0.86),
            (x - half * 1.25, bottom - height * 0.4),
            (x - half * 0.7, bottom - height * 0.06),
        ),
    )
    canvas.foliage(
        mirrored(outline, x),
        ("#15231a", "#2c4427", "#66803f"),
        leaf=max(1.0, height * 0.017),
        clump=max(2.5, height * 0.06),
        seed=seed,
    )


def garden(canvas: Canvas) -> None:
    """The lawns, the paths and the pool, all running to one point below the portal."""
    vanishing, bottom = 462.0, 800.0

    def strip(near_left: float, near_right: float, far: float = GROUND + 9) -> list[Point]:
        part = (far - vanishing) / (bottom - vanishing)
        return [
            (MIDDLE + near_left * part, far),
            (MIDDLE + near_right * part, far),
            (MIDDLE + near_right, bottom),
            (MIDDLE + near_left, bottom),
        ]

    lawn: Stops = [(0, "#a3a45e"), (0.12, "#7f9146"), (0.5, "#587a34"), (1, "#3c5c26")]
    canvas.fill(box(0, GROUND + 7, 1200, 800), lawn, grain=0.45, cell=(7, 2.2), seed=12)
    paving: Stops = [(0, "#dcae90"), (0.3, "#cf9878"), (1, "#b87a5c")]
    pale: Stops = [(0, "#f4e3cd"), (1, "#e0c8ae")]
    for side in (-1, 1):
        near = sorted((side * 360, side * 740))
        canvas.fill(strip(*near), paving, grain=0.3, cell=(16, 3), seed=14)
        for edge in (360, 740):
            near = sorted((side * (edge - 9), side * (edge + 9)))
            canvas.fill(strip(*near), pale)
        for joint in range(1, 5):
            reach = side * (360 + joint * 76)
            canvas.line([(MIDDLE + reach * 0.075, GROUND + 9), (MIDDLE + reach, bottom)], "#a96f54", 0.7)
    for joint in range(1, 15):
        y = vanishing + (bottom - vanishing) * (1 - joint / 15) ** 1.9 + 20
        for side in (-1, 1):
            part = (y - vanishing) / (bottom - vanishing)
            canvas.line([(MIDDLE + side * 369 * part, y), (MIDDLE + side * 731 * part, y)], "#aa7358", 0.3 + part)
    # From the pool outwards: marble kerb, a bed of grass, the path.
    canvas.fill(strip(-360, 360), lawn, grain=0.45, cell=(7, 2.2), seed=15)
    canvas.fill(strip(-268, 268), [(0, "#f6e6d2"), (1, "#d9c0a8")], grain=0.15, seed=16)
    canvas.fill(strip(-246, 246), [(0, "#a58a78"), (1, "#8a6a58")])
    water = strip(-236, 236)
    canvas.fill(water, [(0, "#b9c6cf"), (1, "#3d6a86")])
    canvas.reflect(water, GROUND + 8, tint="#2f6076", strength=0.9, ripple=2.0, seed=5)
    canvas.fill(strip(-246, -232), "#6c5244", opacity=0.35, blur=1)
    glints = random.Random(9)
    for _ in range(150):
        part = glints.uniform(0.12, 1) ** 1.3
        y = vanishing + (bottom - vanishing) * part
        x = MIDDLE + glints.uniform(-225, 225) * part
        width = glints.uniform(4, 22) * part
        canvas.fill(
            [(x - width, y), (x, y - 0.9 * part), (x + width, y), (x, y + 0.9 * part)],
            "#dfeaf0",
            opacity=glints.uniform(0.08, 0.3),
        )
    canvas.people(300, 900, GROUND + 14, 9, 46, 31)
    canvas.people(455, 515, 548, 17, 5, 33)
    canvas.people(690, 745, 556, 18, 5, 36)
    canvas.people(350, 420, 606, 27, 3, 37)
    for row in range(9, -1, -1):
        part = 1 / (1.12 + row * 0.62)
        y = vanishing + (bottom - vanishing) * part
        for side in (-1, 1):
            cypress(canvas, MIDDLE + side * 312 * part, y, 225 * part, 100 + row * 2 + (side > 0))
    for row in range(7, -1, -1):
        part = 1 / (1.6 + row * 0.85)
        y = vanishing + (bottom - vanishing) * part
        for side in (-1, 1):
            cypress(canvas, MIDDLE + side * 850 * part, y, 250 * part, 200 + row * 2 + (side > 0))


def draw() -> Image.Image:
    """The finished card."""
    canvas = Canvas(
        [(0, "#3f7fc0"), (0.22, "#78aede"), (0.42, "#bfd8ea"), (0.55, "#f4e3cf"), (0.62, "#f8d9b4"), (1, "#f8d9b4")]
    )
    canvas.clouds(0, 430, [(0, "#ffffff"), (0.6, "#fff4e6"), (1, "#f9dcc0")], seed=21, cover=0.5, cell=(420, 110))
    beyond(canvas)
    for x in (384.0, 816.0):
        minaret(canvas, x, 452, 262)
    tomb(canvas)
    terrace(canvas)
    for x in (312.0, 888.0):
        minaret(canvas, x, GROUND - 1, 318)
    garden(canvas)
    return canvas.postcard("Taj Mahal, Agra")
