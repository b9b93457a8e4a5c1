"""The Rialto Bridge in Venice: the white arch with its arcades, palaces, a gondola on the Grand Canal."""

import math
import random

from PIL import Image

from drawing.brushes import Canvas, Colour, Point, Stops, box, curve, mirrored, mix, oval

MIDDLE, WATER = 600.0, 586.0
LIT, STONE, SHADE, DEEP = "#fbf5e8", "#e9e1d2", "#b5aea6", "#6f6a6c"


def deck(x: float) -> float:
    """Height of the balustrade's foot: ramps that climb to the middle."""
    part = min(1.0, abs(x - MIDDLE) / 380)
    return 446 + 96 * math.pow(part, 1.12)


def ribbon(above: float, below: float, left: float = 214, right: float = 986) -> list[Point]:
    """A band that follows the deck."""
    xs = [left + (right - left) * n / 60 for n in range(61)]
    return [(x, deck(x) + above) for x in xs] + [(x, deck(x) + below) for x in reversed(xs)]


def round_arch(x: float, foot: float, width: float, height: float, slope: float = 0.0) -> list[Point]:
    """A round-headed opening, its sill and head tilted with the ramp."""
    half = width / 2
    turn = [math.pi * n / 16 for n in range(17)]
    head = [(x - half * math.cos(a), foot - height + half - half * math.sin(a)) for a in turn]
    return [(px, py + slope * (px - x)) for px, py in [(x - half, foot), *head, (x + half, foot)]]


def shop(canvas: Canvas, x: float, width: float, height: float, side: int) -> None:
    """One arch of the arcade, dark inside, with its pier and keystone."""
    slope = (deck(x + 4) - deck(x - 4)) / 8
    foot = deck(x) - 10
    canvas.fill(round_arch(x, foot, width * 0.86, height * 0.98, slope), [(0, LIT), (1, SHADE)])
    canvas.fill(
        round_arch(x, foot, width * 0.74, height * 0.92, slope), [(0, "#2f2a30"), (0.5, "#4f4546"), (1, "#76685f")]
    )
    canvas.fill(
        round_arch(x - side * width * 0.08, foot, width * 0.5, height * 0.8, slope),
        [(0, "#4b4144"), (1, "#9a8573")],
        opacity=0.6,
    )
    canvas.fill(
        [
            (x - 2.4, foot - height),
            (x + 2.4, foot - height),
            (x + 1.6, foot - height + 8),
            (x - 1.6, foot - height + 8),
        ],
        LIT,
    )


def bridge(canvas: Canvas) -> None:
    """Arch, balustrade, arcades, and the portico on the crown."""
    # The wall of shops with its cornice, climbing from both sides.
    for side in (-1, 1):
        outer, inner = MIDDLE + side * 332, MIDDLE + side * 62
        xs = [outer + (inner - outer) * n / 30 for n in range(31)]
        wall = [(x, deck(x) - 84) for x in xs] + [(x, deck(x) - 4) for x in reversed(xs)]
        canvas.fill(wall, [(0, "#f6efe0"), (1, "#cfc7ba")], grain=0.16, cell=(14, 5), seed=3 + side)
        roof = [(x, deck(x) - 100) for x in xs] + [(x, deck(x) - 88) for x in reversed(xs)]
        canvas.fill(roof, [(0, "#b9826a"), (1, "#96634f")], grain=0.35, cell=(4, 6), seed=5)
        canvas.fill([(x, deck(x) - 89) for x in xs] + [(x, deck(x) - 82) for x in reversed(xs)], LIT)
        canvas.fill([(x, deck(x) - 82) for x in xs] + [(x, deck(x) - 79) for x in reversed(xs)], DEEP, opacity=0.45)
        for number in range(6):
            shop(canvas, MIDDLE + side * (88 + number * 44), 44, 66, side)
        end = MIDDLE + side * 332
        canvas.fill(box(end - 5, deck(end) - 90, end + 5, deck(end)), [(0, LIT), (1, SHADE)], across=True)
    top = 262.0
    canvas.fill(
        box(MIDDLE - 64, top + 54, MIDDLE + 64, 446), [(0, "#f8f1e3"), (1, "#d8d0c2")], grain=0.14, cell=(14, 5), seed=8
    )
    canvas.fill(round_arch(MIDDLE, 446, 84, 116), [(0, LIT), (1, SHADE)])
    canvas.fill(round_arch(MIDDLE, 446, 70, 108), [(0, "#8fb6d6"), (0.7, "#cfdfe6"), (1, "#b7a893")])
    opening = round_arch(MIDDLE, 446, 70, 108)
    canvas.fill(
        [*opening, (MIDDLE + 35, 446), (MIDDLE + 24, 446), *reversed(round_arch(MIDDLE, 446, 48, 96))],
        [(0, "#6b625f"), (1, "#a19588")],
    )
    for pier in (-55, 55):
        canvas.fill(
            box(MIDDLE + pier - 6, top + 66, MIDDLE + pier + 6, 446), [(0, LIT), (0.6, STONE), (1, SHADE)], across=True
        )
        canvas.fill(box(MIDDLE + pier - 8, top + 64, MIDDLE + pier + 8, top + 70), LIT)
    canvas.fill(box(MIDDLE - 70, top + 50, MIDDLE + 70, top + 62), [(0, "#fffaf0"), (0.5, STONE), (1, SHADE)])
    canvas.fill([(MIDDLE - 74, top + 51), (MIDDLE, top + 12), (MIDDLE + 74, top + 51)], [(0, "#fffaf0"), (1, STONE)])
    canvas.fill(
        [(MIDDLE - 54, top + 47), (MIDDLE, top + 20), (MIDDLE + 54, top + 47)], [(0, "#c9c1b4"), (1, "#ddd5c7")]
    )
    canvas.fill(oval(MIDDLE, top + 38, 7, 6), SHADE)
    canvas.fill(box(MIDDLE + 30, top + 64, MIDDLE + 64, 446), "#7a7276", opacity=0.14, blur=4)
    # The arch below: a shallow segment of great blocks.
    spring, crown, half = WATER + 4, 476.0, 262.0
    arch = [
        (MIDDLE - half + 2 * half * n / 60, crown + (spring - crown) * abs(2 * n / 60 - 1) ** 2.15) for n in range(61)
    ]
    body = [
        *ribbon(6, 6)[:61],
        (986, WATER + 8),
        (MIDDLE + half, WATER + 8),
        *reversed(arch),
        (MIDDLE - half, WATER + 8),
        (214, WATER + 8),
    ]
    canvas.fill(body, [(0, "#f4ecdd"), (0.5, "#ded5c6"), (1, "#a39a8e")], grain=0.3, cell=(16, 7), seed=12)
    for course in range(1, 11):  # joints of the blocks in the haunches
        y = 500 + course * 8.4
        for side in (-1, 1):
            reach = half * ((y - crown) / (spring - crown)) ** (1 / 2.15) + 20
            canvas.line([(MIDDLE + side * reach, y), (MIDDLE + side * 386, y)], "#b9afa2", 0.7)
    depth = [(x * 0.93 + MIDDLE * 0.07, y + 15 * (1 - abs(x - MIDDLE) / half) + 3) for x, y in arch]
    canvas.fill([*arch, *reversed(depth)], [(0, "#5f5a5c"), (1, "#8b8279")])
    for n in range(2, 59):
        (x, y), (u, v) = arch[n], depth[n]
        canvas.line([(x, y), (u, v)], "#4f4a4d", 0.5)
    ring = [(MIDDLE + (x - MIDDLE) * 1.045, y - 15 + 6 * (abs(x - MIDDLE) / half) ** 3) for x, y in arch]
    canvas.fill([*ring, *reversed(arch)], [(0, "#fff9ec"), (1, "#cfc6b8")])
    for n in range(0, 61, 2):
        canvas.line([arch[n], ring[n]], "#a79d92", 0.8)
    for side in (-1, 1):  # the angel and the saint in the spandrels
        x, y = MIDDLE + side * 208, 516.0
        canvas.fill(oval(x, y + 6, 9, 17), [(0, "#d9d0c2"), (1, "#8f877f")])
        canvas.fill(oval(x - side * 7, y, 10, 6), "#c9c0b3")
        canvas.fill(oval(x, y - 14, 4.5, 5), "#ddd4c6")
    # Cornice and balustrade.
    canvas.fill(ribbon(2, 10), [(0, "#fffaf0"), (1, "#d9d0c2")])
    canvas.fill(ribbon(10, 13), DEEP, opacity=0.45)
    canvas.fill(ribbon(-15, 3), [(0, "#8f867e"), (1, "#a79e94")])
    for n in range(155):
        x = 216.0 + n * 5
        canvas.facet(box(x - 1.5, deck(x) - 14, x + 1.5, deck(x) + 2), mix(LIT, STONE, 0.4))
    canvas.fill(ribbon(-20, -13), [(0, "#fffaf0"), (1, "#d2c9bb")])
    for n in range(12):
        x = 230 + n * 67.3
        canvas.fill(box(x - 4, deck(x) - 21, x + 4, deck(x) + 3), [(0, LIT), (1, SHADE)], across=True)
    crowd = random.Random(3)
    for _ in range(70):
        x = crowd.uniform(236, 964)
        y = deck(x) - 18 - crowd.uniform(0, 3)
        canvas.fill(
            oval(x, y, 2.6, 4.6, 10),
            crowd.choice(("#b5483f", "#3e5f8a", "#e0b04a", "#4a4550", "#f0ece4", "#7c8f5a", "#c96a86")),
        )
        canvas.dot(x, y - 6, 1.7, 2.0, crowd.choice(("#5a4030", "#3a2c24", "#d0a07c")))


def palace(
    canvas: Canvas, left: float, right: float, top: float, colour: Colour, seed: int, *, floors: int, far: bool = False
) -> None:
    """A house front on the water: tiled roof, rows of windows with shutters, a dark water gate."""
    taste = random.Random(seed)
    canvas.fill(
        box(left, top, right, WATER + 2),
        [(0, mix(colour, "#fff2d8", 0.22)), (0.75, colour), (1, mix(colour, "#55483f", 0.45))],
        grain=0.3,
        cell=(18, 26),
        seed=seed,
    )
    canvas.fill(
        [(left - 5, top + 2), (left + 8, top - 13), (right - 8, top - 13), (right + 5, top + 2)],
        [(0, "#c08468"), (1, "#99604a")],
        grain=0.4,
        cell=(4, 5),
        seed=seed + 1,
    )
    canvas.fill(box(left - 3, top, right + 3, top + 5), [(0, "#f4e9d6"), (1, "#b9ac9c")])
    for x in (left + (right - left) * 0.3, left + (right - left) * 0.76):  # Venetian chimneys
        canvas.fill(
            [
                (x - 3, top - 12),
                (x - 3, top - 26),
                (x - 6, top - 34),
                (x + 6, top - 34),
                (x + 3, top - 26),
                (x + 3, top - 12),
            ],
            [(0, "#d9a98c"), (1, "#a87358")],
            across=True,
        )
    step = (WATER - 46 - top) / floors
    columns = max(2, round((right - left) / 27))
    for floor in range(floors):
        y = top + 12 + floor * step
        height = step * (0.66 if floor else 0.5)
        canvas.fill(box(left, y + step - 5, right, y + step - 2.5), "#f0e4d0", opacity=0.6)
        for column in range(columns):
            x = left + (right - left) * (column + 0.5) / columns
            if floor == floors - 2 and 0 < column < columns - 1:
                canvas.fill(round_arch(x, y + height + 4, 15, height + 6), "#f6ecdb")
                canvas.fill(round_arch(x, y + height + 4, 10.5, height + 2), [(0, "#3a3d49"), (1, "#5a5656")])
                canvas.fill(box(x - 10, y + height + 3, x + 10, y + height + 7), "#efe6d6")
                continue
            canvas.fill(box(x - 5.6, y, x + 5.6, y + height), "#efe3cf")
            canvas.fill(box(x - 4.2, y + 1.5, x + 4.2, y + height), [(0, "#353a48"), (1, "#6c7178")])
            canvas.line([(x, y + 1.5), (x, y + height)], "#d8cdbb", 0.5)
            if taste.random() < 0.6:
                shutter = taste.choice(("#3f5f4a", "#4a4038", "#56705a"))
                for side in (-1, 1):
                    canvas.fill(box(x + side * 8 - 2.2, y, x + side * 8 + 2.2, y + height), shutter)
    for column in range(columns):
        x = left + (right - left) * (column + 0.5) / columns
        canvas.fill(round_arch(x, WATER - 4, 15, 34), "#e6dac6")
        canvas.fill(round_arch(x, WATER - 4, 11, 30), [(0, "#2c2a30"), (1, "#4a4340")])
    canvas.fill(box(left, WATER - 8, right, WATER + 2), "#5f6650", opacity=0.6)
    if not far:
        awning = taste.choice(("#b23a32", "#2f6a4a", "#d8a23a"))
        canvas.fill(
            [(left + 6, WATER - 36), (right - 6, WATER - 36), (right, WATER - 24), (left, WATER - 24)],
            [(0, mix(awning, "#ffffff", 0.15)), (1, awning)],
        )


def poles(canvas: Canvas, left: float, right: float, foot: float, height: float, count: int, seed: int) -> None:
    """Mooring poles, some striped like a barber's."""
    row = random.Random(seed)
    for number in range(count):
        x = left + (right - left) * (number + row.uniform(0.2, 0.8)) / count
        top, wide = foot - height * row.uniform(0.8, 1.1), height * 0.022 + 1
        lean = row.uniform(-3, 3)
        canvas.fill(
            [(x - wide + lean, top), (x + wide + lean, top), (x + wide, foot), (x - wide, foot)],
            [(0, "#a98b6a"), (0.4, "#7a5f46"), (1, "#46362a")],
            across=True,
        )
        if number % 2 == 0:
            for stripe in range(6):
                y = top + (foot - top) * (stripe + 0.2) / 7
                shift = lean * (1 - (y - top) / (foot - top))
                canvas.facet(
                    [
                        (x - wide + shift, y),
                        (x + wide + shift, y - wide * 1.6),
                        (x + wide + shift, y + height * 0.05 - wide * 1.6),
                        (x - wide + shift, y + height * 0.05),
                    ],
                    "#e9e4da" if number % 4 else "#2f5f9a",
                )
            canvas.fill(oval(x + lean, top - wide * 0.6, wide * 1.1, wide * 1.1), "#d8b24a")


def gondola(canvas: Canvas, x: float, y: float, length: float) -> None:
    """A gondola with its comb at the bow, red seats, and the gondolier at the oar."""
    u = length / 100
    canvas.fill(oval(x, y + 4 * u, 50 * u, 5 * u), "#16303a", opacity=0.55, blur=2 * u)
    hull = curve(
        (x - 52 * u, y - 13 * u),
        ((x - 48 * u, y - 6 * u), (x - 36 * u, y - 2.5 * u), (x - 10 * u, y - 2 * u)),
        ((x + 20 * u, y - 2 * u), (x + 38 * u, y - 3 * u), (x + 52 * u, y - 12 * u)),
        ((x + 46 * u, y + 1 * u), (x + 20 * u, y + 5.5 * u), (x, y + 5.5 * u)),
        ((x - 26 * u, y + 5.5 * u), (x - 44 * u, y + 1 * u), (x - 52 * u, y - 13 * u)),
    )
    canvas.fill(hull, [(0, "#3a3a44"), (0.5, "#15151b"), (1, "#050509")])
    canvas.line(
        curve(
            (x - 50 * u, y - 11 * u),
            ((x - 40 * u, y - 3 * u), (x - 20 * u, y - 1.4 * u), (x, y - 1.4 * u)),
            ((x + 26 * u, y - 1.4 * u), (x + 42 * u, y - 4 * u), (x + 51 * u, y - 11 * u)),
        ),
        "#c9a24a",
        0.8 * u,
    )
    canvas.line([(x - 52 * u, y - 12 * u), (x - 53 * u, y - 21 * u), (x - 50 * u, y - 22 * u)], "#d9dde2", 1.5 * u)
    for tooth in range(5):
        canvas.line(
            [(x - 52.6 * u, y - (13 + tooth * 1.6) * u), (x - 55.5 * u, y - (13 + tooth * 1.6) * u)], "#d9dde2", 0.6 * u
        )
    canvas.fill(
        curve((x - 14 * u, y - 1 * u), ((x - 14 * u, y - 7 * u), (x + 2 * u, y - 7 * u), (x + 3 * u, y - 1 * u))),
        "#a3262a",
    )
    for at, colour in ((-9, "#e6d8c0"), (-3, "#3f6a9a")):
        canvas.fill(oval(x + at * u, y - 7 * u, 2.4 * u, 4.2 * u), colour)
        canvas.fill(oval(x + at * u, y - 12.4 * u, 1.6 * u, 2 * u), "#8a5f44")
    canvas.line([(x + 33 * u, y - 4 * u), (x + 33.6 * u, y - 13 * u)], "#22242c", 2.2 * u)
    canvas.line([(x + 35.4 * u, y - 4 * u), (x + 34.6 * u, y - 13 * u)], "#22242c", 2.2 * u)
    canvas.fill(box(x + 31.6 * u, y - 21 * u, x + 36.6 * u, y - 12 * u), "#f4f2ec")
    for stripe in range(4):
        canvas.line(
            [(x + 31.6 * u, y - (13.4 + stripe * 2) * u), (x + 36.6 * u, y - (13.4 + stripe * 2) * u)],
            "#2a3f78",
            0.8 * u,
        )
    canvas.fill(oval(x + 33.8 * u, y - 23.6 * u, 1.9 * u, 2.4 * u), "#b98560")
    canvas.fill(oval(x + 33.8 * u, y - 25.4 * u, 4 * u, 0.9 * u), "#e3c98a")
    canvas.fill(oval(x + 33.8 * u, y - 26.2 * u, 2 * u, 1.3 * u), "#e3c98a")
    canvas.line([(x + 32 * u, y - 19 * u), (x + 26 * u, y - 15 * u), (x + 24 * u, y - 16 * u)], "#f4f2ec", 1.6 * u)
    canvas.line([(x + 22 * u, y - 22 * u), (x + 44 * u, y + 9 * u)], "#7a5a38", 1.0 * u)


def draw() -> Image.Image:
    """The finished card."""
    canvas = Canvas([(0, "#2e76bd"), (0.25, "#5d9fd6"), (0.5, "#a9cfe8"), (0.7, "#e8ecec"), (1, "#e8ecec")])
    canvas.clouds(0, 430, [(0, "#ffffff"), (1, "#f8efe2")], seed=90, cover=0.5, cell=(380, 110))
    # Far houses that show above and below the bridge, paler with distance; a bell tower.
    canvas.fill(box(742, 226, 772, 520), [(0, "#d8a888"), (1, "#b08468")], across=True)
    canvas.fill(mirrored([(757, 176), (737, 228)], 757), [(0, "#b9c4b4"), (1, "#8fa08f")], across=True)
    canvas.fill(round_arch(757, 262, 14, 24), "#5a4a44")
    for left, right, top, colour, seed in (
        (330, 430, 410, "#d9b48c", 31),
        (425, 520, 428, "#cf9a7c", 32),
        (515, 690, 440, "#e0c7a0", 33),
        (680, 780, 424, "#d4a184", 34),
        (776, 880, 404, "#e2c39a", 35),
    ):
        palace(canvas, left, right, top, colour, seed, floors=3, far=True)
    canvas.haze(330, 640, "#dfe6e8", 0.36)
    bridge(canvas)
    for left, right, top, colour, seed in (
        (-20, 92, 250, "#d3855f", 41),
        (88, 176, 286, "#e8c58e", 42),
        (170, 240, 312, "#c9705a", 43),
        (962, 1040, 306, "#dcae84", 44),
        (1034, 1124, 272, "#e9d3ae", 45),
        (1118, 1220, 240, "#c5664e", 46),
    ):
        palace(canvas, left, right, top, colour, seed, floors=4)
    canvas.fill(box(150, 300, 244, WATER), "#3d3038", opacity=0.12, blur=12)
    water: Stops = [(0, "#7fa99f"), (0.3, "#4f8a86"), (1, "#245a62")]
    surface = box(0, WATER, 1200, 800)
    canvas.fill(surface, water)
    canvas.reflect(surface, WATER, tint="#2f6f70", strength=0.66, ripple=2.6, seed=11)
    light = random.Random(4)
    for _ in range(900):
        part = light.random() ** 0.8
        y = WATER + 4 + part * 212
        x, width = light.uniform(0, 1200), light.uniform(4, 20) * (0.25 + part)
        tone = light.choice(("#dff0ea", "#17494f", "#9cc7bd", "#1f5358"))
        canvas.fill(
            [(x - width, y), (x, y - 1.5 * part - 0.3), (x + width, y), (x, y + 1.5 * part + 0.3)],
            tone,
            opacity=light.uniform(0.1, 0.4),
        )
    poles(canvas, 20, 200, 640, 92, 9, 5)
    poles(canvas, 1010, 1190, 636, 88, 8, 6)
    gondola(canvas, 420, 684, 210)
    gondola(canvas, 812, 634, 110)
    poles(canvas, -10, 110, 770, 190, 4, 7)
    return canvas.postcard("Rialto Bridge, Venice")
