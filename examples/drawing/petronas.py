"""The Petronas Towers at dusk, lit from within, over the trees of the park."""

import random

from PIL import Image

from drawing.brushes import Canvas, Stops, box, curve, mirrored, mix, oval

STEEL: Stops = [
    (0, "#6d7690"),
    (0.08, "#c3cad8"),
    (0.16, "#8f98ae"),
    (0.27, "#eef1f4"),
    (0.36, "#aab2c4"),
    (0.48, "#f6f3ea"),
    (0.58, "#b9bfcd"),
    (0.68, "#d9dbe0"),
    (0.78, "#7e879e"),
    (0.88, "#a9afbe"),
    (1, "#4d556e"),
]
GLASS: Stops = [
    (0, "#1d2740"),
    (0.12, "#42507a"),
    (0.25, "#222d4a"),
    (0.36, "#5b6a94"),
    (0.5, "#2c385a"),
    (0.62, "#6674a0"),
    (0.75, "#26314f"),
    (0.88, "#3a4669"),
    (1, "#151c30"),
]


def shaft(canvas: Canvas, x: float, bottom: float, top: float, half: float, seed: int, floor: float = 6.4) -> None:
    """A round tower between two heights: bands of steel over bands of glass, windows lit here and there."""
    windows = random.Random(seed)
    canvas.fill(box(x - half, top, x + half, bottom), GLASS, across=True)
    floors = max(1, round((bottom - top) / floor))
    for level in range(floors):
        y = bottom - (level + 1) * (bottom - top) / floors
        for column in range(round(half / 2.2)):
            if windows.random() < 0.3:
                at = -1 + 2 * (column + windows.uniform(0.2, 0.8)) / round(half / 2.2)
                width = 1.7 * (1 - at * at) ** 0.5 + 0.3
                glow = windows.choice(("#ffe9b0", "#fff4d2", "#ffd98c", "#e9edf2"))
                canvas.facet(
                    box(x + at * half - width / 2, y + floor * 0.5, x + at * half + width / 2, y + floor * 0.92), glow
                )
        rail = box(x - half - 1.0, y, x + half + 1.0, y + floor * 0.46)
        canvas.fill(rail, STEEL, across=True)
        canvas.fill(box(x - half - 1.0, y + floor * 0.46, x + half + 1.0, y + floor * 0.56), "#121828", opacity=0.55)
    for lobe in (-0.72, -0.36, 0.0, 0.36, 0.72):  # the eight-pointed star shows as soft ribs
        canvas.fill(
            box(x + half * (lobe - 0.05), top, x + half * (lobe + 0.05), bottom), "#ffffff", opacity=0.10, blur=1.5
        )


def collar(canvas: Canvas, x: float, y: float, half: float) -> None:
    """The bright ledge where the tower steps back."""
    canvas.fill(
        [(x - half - 2.5, y + 5), (x - half - 3.5, y), (x + half + 3.5, y), (x + half + 2.5, y + 5)], STEEL, across=True
    )
    canvas.fill(box(x - half - 3, y - 1.4, x + half + 3, y + 1), "#fff8e4")
    canvas.fill(oval(x, y - 3, half * 1.1, 9), "#fff2cc", opacity=0.4, blur=4)


def tower(canvas: Canvas, x: float, outer: int, seed: int) -> None:
    """One tower with its lower companion on the outer side."""
    bottom = 735.0
    companion = x + outer * 92
    shaft(canvas, companion, bottom, 432, 33, seed + 1)
    collar(canvas, companion, 430, 33)
    shaft(canvas, companion, 430, 414, 27, seed + 2)
    collar(canvas, companion, 412, 27)
    canvas.fill(
        mirrored(
            curve((companion, 396), ((companion - 14, 398), (companion - 24, 404), (companion - 25, 413))), companion
        ),
        STEEL,
        across=True,
    )
    tiers = ((bottom, 318, 66), (318, 262, 59), (262, 214, 51), (214, 176, 41), (176, 148, 29))
    for number, (low, high, half) in enumerate(tiers):
        shaft(canvas, x, low, high, half, seed + 10 + number)
        collar(canvas, x, high, half)
    cone = curve((x, 96), ((x - 4, 104), (x - 15, 124), (x - 19, 147)))
    canvas.fill(mirrored(cone, x), STEEL, across=True)
    for y in range(104, 147, 5):
        reach = 19 * ((y - 96) / 51) ** 0.7
        canvas.line([(x - reach, y), (x, y + 1.2), (x + reach, y)], "#fff6dd", 0.8)
    canvas.fill(box(x - 3.4, 74, x + 3.4, 100), STEEL, across=True)
    for y, radius in ((78, 6.5), (68, 4.4)):
        canvas.fill(oval(x, y, radius, radius), STEEL, across=True)
    canvas.fill(mirrored([(x - 0.5, 26), (x - 2.4, 72)], x), STEEL, across=True)
    canvas.fill(oval(x, 120, 34, 40), "#fff0c8", opacity=0.22, blur=14)


def bridge(canvas: Canvas, left: float, right: float, y: float) -> None:
    """The skybridge: two decks, and two legs that meet below its middle."""
    middle = (left + right) / 2
    for side in (-1, 1):
        foot = middle + side * ((right - left) / 2 + 3)
        canvas.line([(foot, y + 112), (middle + side * 5, y + 18)], "#39425c", 6.4)
        canvas.line([(foot - side * 0.8, y + 111), (middle + side * 4.4, y + 18)], "#d4d9e2", 3.2)
    canvas.fill(oval(middle, y + 19, 9, 5), STEEL, across=True)
    canvas.fill(
        box(left, y - 16, right, y + 17),
        [
            (0, "#dfe3ea"),
            (0.14, "#f8f6ee"),
            (0.2, "#39435f"),
            (0.44, "#4c5878"),
            (0.5, "#eceef0"),
            (0.58, "#d2d7df"),
            (0.63, "#2f3852"),
            (0.86, "#46516f"),
            (0.92, "#e3e6ea"),
            (1, "#8f97a8"),
        ],
    )
    for step in range(1, 14):
        x = left + (right - left) * step / 14
        canvas.line([(x, y - 15), (x, y + 16)], "#c3c9d4", 0.7)
        canvas.facet(box(x + 1.4, y - 8.5, x + 5.2, y - 2.2), "#ffe6ab")
        canvas.facet(box(x + 1.4, y + 5.4, x + 5.2, y + 11.2), "#ffedc4")


def city(canvas: Canvas) -> None:
    """Lower buildings at both sides, blue in the distance, some windows lit."""
    plan = random.Random(17)
    for x, top, width, colour in (
        (0, 520, 74, "#4d5578"),
        (70, 462, 58, "#424a6c"),
        (136, 556, 92, "#3c4464"),
        (226, 508, 46, "#4a5274"),
        (290, 590, 80, "#343b58"),
        (846, 575, 84, "#3a4261"),
        (920, 486, 60, "#474f70"),
        (986, 540, 66, "#3d4565"),
        (1054, 440, 70, "#454d70"),
        (1128, 522, 80, "#3b4363"),
    ):
        canvas.fill(box(x, top, x + width, 760), [(0, mix(colour, "#e8a878", 0.25)), (0.6, colour), (1, "#2a3048")])
        canvas.fill(box(x + width * 0.72, top, x + width, 760), "#1c2238", opacity=0.35)
        for row in range(round(top) + 9, 740, 9):
            for column in range(round(x) + 5, round(x + width) - 5, 7):
                if plan.random() < 0.34:
                    canvas.facet(box(column, row, column + 3.4, row + 4), mix("#ffcf86", colour, plan.uniform(0, 0.55)))


def park(canvas: Canvas) -> None:
    """The podium's lit arcade, the trees in front, palms, and the lake with its fountains."""
    canvas.fill(box(330, 690, 870, 742), [(0, "#cfc4b4"), (0.15, "#efe0c4"), (1, "#8d7f76")])
    canvas.fill(box(324, 686, 876, 694), [(0, "#fff4d8"), (1, "#b9ab98")])
    for x in range(346, 860, 17):
        canvas.fill(box(x, 702, x + 10, 736), [(0, "#ffd27a"), (1, "#ffeebc")])
    canvas.fill(box(320, 676, 880, 756), "#ffd890", opacity=0.16, blur=14)
    for x, height, seed in (
        (20, 96, 1),
        (110, 78, 2),
        (200, 88, 3),
        (284, 66, 4),
        (372, 44, 5),
        (828, 44, 7),
        (916, 68, 8),
        (1004, 90, 9),
        (1096, 80, 10),
        (1184, 100, 11),
    ):
        crown = curve(
            (x - 52, 764),
            ((x - 80, 764 - height * 0.7), (x - 30, 764 - height * 1.1), (x + 6, 764 - height)),
            ((x + 52, 764 - height * 0.95), (x + 80, 764 - height * 0.4), (x + 52, 764)),
        )
        canvas.foliage(crown, ("#0d1a18", "#1f3a2c", "#5d7a48"), leaf=2.6, clump=20, seed=seed)
    water = box(0, 752, 1200, 800)
    canvas.fill(water, "#26345a")
    canvas.reflect(water, 752, tint="#22305a", strength=0.85, ripple=2.6, seed=3)
    canvas.fill(box(0, 750, 1200, 754), [(0, "#8f8478"), (1, "#4a4548")])
    spray = random.Random(2)
    for x in (500, 550, 600, 650, 700):
        jet = 46 - abs(x - 600) * 0.16
        for _ in range(170):
            part = spray.random()
            y = 764 - jet * part
            canvas.dot(x + spray.gauss(0, 0.5 + 3 * (1 - part)), y, 0.5, 1.1, mix("#dfe9f6", "#8fa6cf", spray.random()))


def draw() -> Image.Image:
    """The finished card."""
    canvas = Canvas(
        [(0, "#1b2a5c"), (0.25, "#34508c"), (0.5, "#7f86b4"), (0.68, "#d69d92"), (0.82, "#f2bd84"), (1, "#f2bd84")]
    )
    canvas.clouds(40, 690, [(0, "#8b97c4"), (0.5, "#e0a9a4"), (1, "#ffd3a0")], seed=52, cover=0.52, cell=(460, 90))
    city(canvas)
    canvas.haze(430, 830, "#e8a878", 0.3)
    canvas.fill(box(480, 280, 720, 740), "#ffe2ae", opacity=0.16, blur=40)
    bridge(canvas, 520, 680, 432)
    tower(canvas, 466, -1, 100)
    tower(canvas, 734, 1, 300)
    park(canvas)
    return canvas.postcard("Petronas Towers, Kuala Lumpur")
