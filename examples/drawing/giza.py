"""The Great Pyramid of Giza over the sand, its neighbour behind, a caravan in front."""

import random

from PIL import Image

from drawing.brushes import Canvas, Colour, Point, box, curve, mix, oval

HORIZON = 560.0


def between(first: Point, second: Point, part: float) -> Point:
    """A point on a line."""
    return first[0] + (second[0] - first[0]) * part, first[1] + (second[1] - first[1]) * part


def pyramid(
    canvas: Canvas,
    apex: Point,
    corners: tuple[Point, Point, Point],
    *,
    courses: int,
    lit: Colour,
    shaded: Colour,
    seed: int,
    casing: float = 0.0,
) -> None:
    """Two faces, course by course and stone by stone; `casing` is the part below the top that is still smooth."""
    stones = random.Random(seed)
    left, near, right = corners
    patches = {(face, cell): stones.gauss(0, 0.07) for face in range(2) for cell in range(400)}
    for face, (start, end, colour) in enumerate(((left, near, lit), (near, right, shaded))):
        canvas.fill([apex, start, end], colour)
        for course in range(courses):
            top, low = course / courses, (course + 1) / courses
            smooth = top < casing * (1 + 0.06 * stones.gauss(0, 1))
            a, b = between(apex, start, low), between(apex, end, low)
            c, d = between(apex, start, top), between(apex, end, top)
            count = max(1, round((abs(b[0] - a[0])) / (5.2 if not smooth else 16)))
            weather = stones.gauss(0, 0.045)
            for stone in range(count):
                from_, to = stone / count, (stone + 1) / count
                patch = patches[face, int(to * 9) + 20 * int(low * 14)]
                tone = weather + patch + stones.gauss(0, 0.03 if smooth else 0.10)
                target = "#fff1d2" if tone > 0 else "#4a3524"
                dull = mix(colour, "#d8cbb8", 0.45) if smooth else colour
                drop = 0.0 if smooth else stones.uniform(-0.25, 0.25) * (a[1] - c[1])
                quad = [between(c, d, from_), between(c, d, to), between(a, b, to), between(a, b, from_)]
                canvas.facet(
                    [(x, y + drop * (n > 1)) for n, (x, y) in enumerate(quad)], mix(dull, target, min(0.6, abs(tone)))
                )
            if not smooth:  # the tread of the step catches light, the gap below lies in the dark
                wobble = stones.uniform(-0.3, 0.3)
                canvas.line([(a[0], a[1] + wobble), (b[0], b[1] + wobble)], mix(colour, "#3d2b1d", 0.32), 0.35)
    edge = [between(apex, near, part / 40) for part in range(41)]
    canvas.line([(x + stones.gauss(0, 0.7), y) for x, y in edge], mix(lit, "#fff3d8", 0.4), 0.7)


def camel(canvas: Canvas, x: float, ground: float, height: float, blanket: Colour, *, rider: bool = True) -> None:
    """A camel that walks to the left."""
    coat, dark = "#8a6238", "#573b22"
    u = height / 10
    canvas.fill(oval(x + 3.4 * u, ground + 0.1 * u, 4.6 * u, 0.55 * u), "#6b4a2a", opacity=0.5, blur=0.3 * u)
    for at, bend, colour in ((-1.4, -0.5, dark), (1.9, 0.5, dark), (-2.0, 0.3, coat), (1.3, -0.3, coat)):
        canvas.line(
            [(x + at * u, ground - 4 * u), (x + (at + bend * 0.4) * u, ground - 2 * u), (x + (at + bend) * u, ground)],
            colour,
            0.42 * u,
        )
    body = curve(
        (x - 2.6 * u, ground - 5.3 * u),
        ((x - 1.6 * u, ground - 6.2 * u), (x - 0.9 * u, ground - 6.2 * u), (x - 0.2 * u, ground - 7.3 * u)),
        ((x + 0.8 * u, ground - 7.4 * u), (x + 1.0 * u, ground - 6 * u), (x + 2.3 * u, ground - 5.8 * u)),
        ((x + 3 * u, ground - 5 * u), (x + 2.6 * u, ground - 3.7 * u), (x + 1 * u, ground - 3.6 * u)),
        ((x - 1 * u, ground - 3.3 * u), (x - 2.6 * u, ground - 3.5 * u), (x - 2.6 * u, ground - 5.3 * u)),
    )
    canvas.fill(body, [(0, "#c79a62"), (0.5, coat), (1, dark)])
    neck = curve(
        (x - 2.2 * u, ground - 4.9 * u),
        ((x - 3.5 * u, ground - 4.2 * u), (x - 3.6 * u, ground - 5.8 * u), (x - 3.7 * u, ground - 7.3 * u)),
    )
    canvas.line(neck, coat, 0.75 * u)
    canvas.fill(oval(x - 4.2 * u, ground - 7.5 * u, 0.85 * u, 0.42 * u), coat)
    canvas.line([(x + 2.6 * u, ground - 5.2 * u), (x + 3 * u, ground - 3.6 * u)], dark, 0.2 * u)
    canvas.fill(
        [
            (x - 1.2 * u, ground - 6.4 * u),
            (x + 0.2 * u, ground - 7.5 * u),
            (x + 1.5 * u, ground - 6.3 * u),
            (x + 1.2 * u, ground - 4.2 * u),
            (x - 1.1 * u, ground - 4.2 * u),
        ],
        [(0, blanket), (1, mix(blanket, "#2a1c14", 0.4))],
    )
    if rider:
        canvas.fill(oval(x + 0.1 * u, ground - 8.3 * u, 0.75 * u, 1.3 * u), [(0, "#f4efe4"), (1, "#b9b2a6")])
        canvas.fill(oval(x, ground - 9.9 * u, 0.42 * u, 0.5 * u), "#e9e2d2")


def sand(canvas: Canvas) -> None:
    """The plateau, dune behind dune, with ripples and stones."""
    canvas.fill(
        box(0, HORIZON - 4, 1200, 800),
        [(0, "#e2c090"), (0.35, "#d9ae74"), (1, "#bb8248")],
        grain=0.28,
        cell=(60, 6),
        seed=3,
    )
    wind = random.Random(8)
    for y, height, colour, shade in (
        (604, 16, "#e4bf8a", "#c99f68"),
        (650, 30, "#dfb277", "#b98750"),
        (716, 46, "#d6a263", "#a06d3a"),
    ):
        phase = wind.uniform(0, 600)
        for start in (-700, 60, 640):
            x = start + phase * 0.7
            crest = curve(
                (x, y + height),
                ((x + 220, y - height * 0.9), (x + 420, y - height * 1.1), (x + 560, y - height * 0.1)),
                ((x + 640, y + height * 0.2), (x + 760, y + height), (x + 860, y + height * 1.2)),
            )
            canvas.fill(
                [*crest, (x + 860, y + height * 2.4), (x, y + height * 2.4)],
                [(0, mix(colour, "#fff0cf", 0.25)), (1, colour)],
                grain=0.25,
                cell=(26, 4),
                seed=round(y + x),
                blur=0.6,
            )
            if y > 700:
                continue  # the nearest dune hides its own lee side
            lee = curve(
                (x + 500, y - height * 0.62),
                ((x + 560, y - height * 0.1), (x + 640, y + height * 0.5), (x + 820, y + height * 1.15)),
                ((x + 700, y + height * 0.9), (x + 560, y + height * 0.7), (x + 500, y - height * 0.62)),
            )
            canvas.fill(lee, shade, opacity=0.5, blur=4)
    for _ in range(420):
        part = wind.uniform(0.1, 1) ** 1.5
        y = HORIZON + 22 + part * 216
        x = wind.uniform(0, 1200)
        size = wind.uniform(0.5, 2.6) * (0.3 + part)
        canvas.dot(x + size * 0.7, y + size * 0.35, size * 1.3, size * 0.5, "#9a6c3e")
        canvas.dot(x, y, size, size * 0.6, wind.choice(("#e7cda2", "#c89f6c", "#b58a5a")))


def draw() -> Image.Image:
    """The finished card."""
    canvas = Canvas(
        [(0, "#2f74b5"), (0.25, "#5f9fd2"), (0.5, "#a6cbe2"), (0.66, "#eadfc8"), (0.72, "#f0d9b0"), (1, "#f0d9b0")]
    )
    canvas.clouds(0, 470, [(0, "#ffffff"), (1, "#f8ead4")], seed=44, cover=0.49, cell=(360, 100))
    canvas.fill(
        [
            *curve((0, HORIZON - 10), ((300, HORIZON - 22), (500, HORIZON - 6), (1200, HORIZON - 16))),
            (1200, HORIZON + 8),
            (0, HORIZON + 8),
        ],
        "#cdb592",
        blur=1,
    )
    city = random.Random(6)
    for _ in range(120):
        x, height = city.uniform(0, 1200), city.uniform(2, 9)
        canvas.fill(
            box(x, HORIZON - 9 - height, x + city.uniform(4, 14), HORIZON - 4),
            city.choice(("#cbb79c", "#bda78c", "#d9c8ae")),
            opacity=0.7,
        )
    pyramid(
        canvas,
        (196, 330),
        ((10, HORIZON + 2), (246, HORIZON + 12), (384, HORIZON)),
        courses=70,
        lit="#d9b37c",
        shaded="#a27c55",
        seed=5,
        casing=0.24,
    )
    canvas.haze(300, HORIZON + 50, "#efdcbc", 0.42)
    sand(canvas)
    pyramid(
        canvas,
        (690, 118),
        ((262, HORIZON + 10), (800, HORIZON + 44), (1106, HORIZON + 6)),
        courses=112,
        lit="#e3b872",
        shaded="#a0764a",
        seed=2,
    )
    canvas.fill([(690, 118), (800, HORIZON + 44), (1106, HORIZON + 6)], [(0, "#5a3c28"), (1, "#8a6440")], opacity=0.16)
    canvas.haze(380, HORIZON + 90, "#efd6aa", 0.26)
    canvas.fill(
        [(800, HORIZON + 42), (1106, HORIZON + 4), (1200, HORIZON + 22), (1200, HORIZON + 40), (960, HORIZON + 60)],
        "#7a5634",
        opacity=0.4,
        blur=4,
    )
    rubble = random.Random(12)
    for _ in range(260):  # fallen stones along the foot
        part = rubble.random()
        x = 262 + part * 844
        foot = HORIZON + 10 + 34 * (part / 0.637) if part < 0.637 else HORIZON + 44 - 38 * (part - 0.637) / 0.363
        y, size = foot + rubble.uniform(-5, 7), rubble.uniform(1, 4)
        stone = mix("#d8ac6c" if part < 0.637 else "#9a7248", "#5a3f28", rubble.uniform(0, 0.4))
        canvas.facet(
            [(x - size, y), (x - size * 0.7, y - size), (x + size * 0.6, y - size * 0.9), (x + size, y)], stone
        )
    canvas.people(330, 1000, HORIZON + 46, 8, 36, 5)
    for x, ground, height, blanket in (
        (330, 668, 52, "#a8352f"),
        (408, 672, 54, "#2f5f8f"),
        (486, 670, 52, "#c98a2b"),
        (566, 675, 55, "#7a2f5a"),
    ):
        canvas.line([(x - 20, ground - height * 0.72), (x - 48, ground - height * 0.5)], "#4a3524", 0.5)
        camel(canvas, x, ground, height, blanket)
    return canvas.postcard("The Great Pyramid of Giza")
