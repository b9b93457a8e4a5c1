"""Christ the Redeemer on the Corcovado, the bay and the Sugarloaf far below."""

import math
import random

from PIL import Image

from drawing.brushes import Canvas, Point, Stops, box, curve, mirrored, mix, oval

MIDDLE = 600.0
LIT, STONE, SHADE, DEEP = "#f6f4ea", "#dedccf", "#a3a59f", "#6c7076"
ROUND: Stops = [(0, "#cfcdc2"), (0.22, LIT), (0.55, STONE), (0.82, SHADE), (1, "#7d8084")]


def fold(canvas: Canvas, points: list[Point], width: float, *, dark: bool = True, opacity: float = 0.5) -> None:
    """A crease in the robe: a soft dark valley, or the lit ridge beside one."""
    right = [(x + width * math.sin(math.pi * n / (len(points) - 1)), y) for n, (x, y) in enumerate(points)]
    canvas.fill([*points, *reversed(right)], DEEP if dark else "#fffdf4", opacity=opacity, blur=0.7)


def head(canvas: Canvas, x: float, chin: float) -> None:
    """Head, hair and beard, looking a little down."""
    canvas.fill(
        mirrored(
            curve(
                (x, chin - 54),
                ((x - 18, chin - 55), (x - 25, chin - 40), (x - 23, chin - 20)),
                ((x - 23, chin - 4), (x - 27, chin + 8), (x - 24, chin + 18)),
            ),
            x,
        ),
        [(0, "#d6d4c9"), (0.3, "#e9e7dc"), (0.7, SHADE), (1, "#75787c")],
        across=True,
    )
    for side in (-1, 1):
        for strand in range(4):
            at = side * (13 + strand * 2.8)
            canvas.line(
                curve(
                    (x + at * 0.6, chin - 50 + strand * 2),
                    ((x + at * 1.2, chin - 40), (x + at * 1.2, chin - 20), (x + at * 1.3, chin + 14)),
                ),
                DEEP if strand % 2 else "#c2c2b8",
                0.8,
            )
    face = curve(
        (x, chin - 46),
        ((x - 13, chin - 46), (x - 15, chin - 30), (x - 13, chin - 18)),
        ((x - 11, chin - 5), (x - 5, chin + 3), (x, chin + 4)),
    )
    canvas.fill(mirrored(face, x), [(0, "#e6e4d9"), (0.35, LIT), (0.7, "#c9c8bf"), (1, "#92959a")], across=True)
    canvas.fill(
        mirrored(
            curve(
                (x, chin - 13),
                ((x - 5, chin - 13), (x - 11, chin - 17), (x - 12, chin - 16)),
                ((x - 11, chin - 2), (x - 5, chin + 10), (x, chin + 11)),
            ),
            x,
        ),
        [(0, "#d6d4c9"), (0.4, "#cfcdc3"), (1, "#9a9c9e")],
        across=True,
        blur=0.8,
    )
    for side in (-1, 1):
        canvas.fill(oval(x + side * 6, chin - 29.5, 4.6, 2.6), DEEP, opacity=0.55, blur=1.1)
        canvas.line(
            curve(
                (x + side * 2.8, chin - 28),
                ((x + side * 5, chin - 26.6), (x + side * 7, chin - 26.6), (x + side * 9, chin - 28)),
            ),
            "#e4e2d8",
            0.9,
        )
        canvas.line(
            curve(
                (x + side * 2.5, chin - 33),
                ((x + side * 5, chin - 35), (x + side * 8, chin - 34), (x + side * 10, chin - 32)),
            ),
            "#858789",
            0.9,
        )
    canvas.fill([(x + 0.5, chin - 32), (x + 3.6, chin - 18), (x - 1, chin - 17)], "#8e9094", opacity=0.7, blur=0.5)
    canvas.line([(x - 4.5, chin - 11), (x, chin - 11.6), (x + 4.5, chin - 11)], "#8b8c8d", 0.9)
    canvas.fill(oval(x, chin + 12, 15, 6), DEEP, opacity=0.5, blur=2.5)


def arm(canvas: Canvas, side: int) -> None:
    """One stretched arm in its wide sleeve, and the open hand."""

    def at(x: float, y: float) -> Point:
        return MIDDLE + side * x, y

    hand = curve(
        at(292, 228),
        (at(304, 226), at(318, 227), at(331, 231)),
        (at(337, 233), at(338, 236), at(332, 237)),
        (at(322, 239), at(312, 241), at(303, 246)),
        (at(297, 248), at(292, 246), at(288, 243)),
    )
    canvas.fill(hand, [(0, LIT), (0.6, "#d3d1c6"), (1, "#8d9093")])
    for finger in range(3):
        canvas.line([at(312, 232 + finger * 2.6), at(331 - finger * 2, 233.2 + finger * 1.6)], "#94969a", 0.6)
    sleeve = curve(
        at(28, 206),
        (at(80, 198), at(130, 208), at(180, 215)),
        (at(220, 221), at(262, 222), at(300, 223)),
        (at(305, 234), at(302, 252), at(293, 270)),
        (at(262, 268), at(220, 270), at(185, 280)),
        (at(140, 292), at(100, 314), at(71, 366)),
        (at(60, 366), at(40, 360), at(20, 350)),
    )
    upper, lower = ("#fbf9ef", "#a9aaa4") if side < 0 else ("#e9e7db", "#85888b")
    canvas.fill(
        sleeve,
        [(0, upper), (0.35, mix(upper, STONE, 0.6)), (0.75, lower), (1, "#7b7e82")],
        grain=0.16,
        cell=(9, 4),
        seed=5,
    )
    canvas.fill(
        curve(at(300, 224), (at(305, 234), at(302, 252), at(293, 270)), (at(288, 262), at(287, 240), at(290, 230))),
        "#5e6268",
        opacity=0.75,
    )
    for number, (x, end) in enumerate(((265, 268), (225, 268), (188, 277), (152, 290), (120, 312))):
        crease = curve(at(x + 18, 225), (at(x + 6, 240), at(x - 2, 252), at(x - 14, end)))
        fold(canvas, crease, side * 7, opacity=0.26 + 0.04 * number)
        fold(canvas, [(px - side * 7, py) for px, py in crease], side * -4, dark=False, opacity=0.3)
    canvas.fill(
        curve(
            at(293, 270),
            (at(240, 264), at(190, 274), at(130, 304)),
            (at(104, 320), at(84, 342), at(71, 366)),
            (at(96, 300), at(190, 262), at(293, 258)),
        ),
        DEEP,
        opacity=0.4,
        blur=2,
    )


def robe(canvas: Canvas) -> None:
    """The long tunic in straight folds, the mantle across it."""
    outline = curve(
        (MIDDLE, 194),
        ((MIDDLE - 10, 195), (MIDDLE - 20, 197), (MIDDLE - 28, 202)),
        ((MIDDLE - 50, 240), (MIDDLE - 70, 310), (MIDDLE - 69, 400)),
        ((MIDDLE - 68, 480), (MIDDLE - 72, 560), (MIDDLE - 76, 626)),
    )
    canvas.fill(mirrored(outline, MIDDLE), ROUND, across=True, grain=0.16, cell=(5, 9), seed=3)
    cloth = random.Random(3)
    for number in range(13):
        x = -64 + number * 10.4 + cloth.uniform(-2, 2)
        crease = curve(
            (MIDDLE + x * 0.86, 400 + cloth.uniform(-30, 40)),
            ((MIDDLE + x * 0.92, 470), (MIDDLE + x * 0.98, 550), (MIDDLE + x * 1.06, 625)),
        )
        fold(canvas, crease, cloth.uniform(3.5, 6), opacity=0.42)
        fold(canvas, [(px - 3.4, py) for px, py in crease], -2.6, dark=False, opacity=0.5)
    mantle = curve(
        (MIDDLE - 30, 203),
        ((MIDDLE - 54, 240), (MIDDLE - 74, 320), (MIDDLE - 72, 404)),
        ((MIDDLE - 40, 420), (MIDDLE + 10, 450), (MIDDLE + 44, 520)),
        ((MIDDLE + 56, 540), (MIDDLE + 68, 548), (MIDDLE + 76, 520)),
        ((MIDDLE + 72, 440), (MIDDLE + 74, 290), (MIDDLE + 34, 203)),
        ((MIDDLE + 20, 198), (MIDDLE - 20, 196), (MIDDLE - 30, 203)),
    )
    canvas.fill([(x + 3, y + 5) for x, y in mantle], DEEP, opacity=0.5, blur=3)
    canvas.fill(
        mantle,
        [(0, "#d2d0c5"), (0.25, "#faf8ef"), (0.5, "#e6e4d9"), (0.8, "#b3b4ae"), (1, "#8a8d90")],
        across=True,
        grain=0.14,
        cell=(7, 9),
        seed=9,
    )
    for start, end, bend in (
        (-58, 22, 60),
        (-50, 34, 70),
        (-38, 46, 84),
        (-24, 56, 96),
        (-6, 64, 110),
        (14, 68, 126),
        (30, 71, 140),
    ):
        crease = curve(
            (MIDDLE + start, 222 + abs(start) * 1.1),
            ((MIDDLE + start + 4, 300), (MIDDLE + start + 24, 330 + bend * 0.6), (MIDDLE + end, 400 + bend * 0.8)),
        )
        fold(canvas, crease, 5.5, opacity=0.36)
        fold(canvas, [(px - 5, py) for px, py in crease], -3, dark=False, opacity=0.42)
    chest = [(MIDDLE - 26, 202), (MIDDLE, 262), (MIDDLE + 24, 202)]
    canvas.fill(chest, [(0, "#b9b9b0"), (1, "#d8d6cb")])
    for number in range(4):
        y = 214 + number * 11
        reach = 22 - number * 5
        canvas.line(
            curve(
                (MIDDLE - reach, y - 6),
                ((MIDDLE - reach * 0.4, y + 3), (MIDDLE + reach * 0.4, y + 3), (MIDDLE + reach, y - 6)),
            ),
            "#8c8e90",
            1,
        )
    canvas.fill(
        curve(
            (MIDDLE + 30, 240),
            ((MIDDLE + 62, 300), (MIDDLE + 70, 420), (MIDDLE + 72, 620)),
            ((MIDDLE + 60, 620), (MIDDLE + 50, 620), (MIDDLE + 34, 620)),
            ((MIDDLE + 44, 500), (MIDDLE + 40, 340), (MIDDLE + 30, 240)),
        ),
        "#575c66",
        opacity=0.4,
        blur=5,
    )


def tiles(canvas: Canvas) -> None:
    """The soapstone mosaic that covers everything: a faint net."""
    rows = random.Random(1)
    for y in range(220, 620, 9):
        for _ in range(7):
            x = MIDDLE + rows.uniform(-60, 48) * min(1.0, (y - 180) / 140)
            canvas.line(
                [(x, y), (x + rows.uniform(4, 12), y + rows.uniform(-0.6, 0.6))],
                rows.choice(("#c5c4ba", "#b4b4ad", "#e9e7dc")),
                0.4,
            )


def pedestal(canvas: Canvas) -> None:
    """The dark granite block, the terrace, the visitors."""
    canvas.fill(
        [(MIDDLE - 84, 618), (MIDDLE + 84, 618), (MIDDLE + 92, 632), (MIDDLE - 92, 632)],
        [(0, "#c7c5ba"), (0.5, "#a4a49d"), (1, "#5f6266")],
        across=True,
    )
    canvas.fill(
        [(MIDDLE - 86, 630), (MIDDLE + 86, 630), (MIDDLE + 106, 738), (MIDDLE - 106, 738)],
        [(0, "#51484a"), (0.35, "#6b5f5e"), (0.7, "#3d3639"), (1, "#29252a")],
        across=True,
        grain=0.3,
        cell=(7, 4),
        seed=4,
    )
    for y in range(644, 736, 13):
        reach = 86 + 20 * (y - 630) / 108
        canvas.line([(MIDDLE - reach, y), (MIDDLE + reach, y)], "#2f2a2d", 0.6)
        for joint in range(-3, 4):
            x = MIDDLE + joint * 28 + (14 if y % 26 < 13 else 0)
            canvas.line([(x, y), (x, min(738, y + 13))], "#352f32", 0.5)
    canvas.fill(
        curve((230, 800), ((260, 752), (380, 728), (600, 728)), ((820, 728), (940, 752), (970, 800))),
        [(0, "#d8cdbc"), (0.5, "#b8ab9a"), (1, "#8c8074")],
        grain=0.2,
        seed=2,
    )
    canvas.fill(
        [(MIDDLE + 90, 736), (MIDDLE + 108, 736), (MIDDLE + 300, 770), (MIDDLE + 160, 776)],
        "#4a4448",
        opacity=0.45,
        blur=5,
    )
    canvas.fill(box(MIDDLE - 108, 734, MIDDLE + 108, 742), "#2a2628", opacity=0.5, blur=2)
    canvas.people(330, 870, 766, 21, 36, 7)
    wall = curve((222, 800), ((262, 776), (420, 772), (600, 772)), ((780, 772), (938, 776), (978, 800)))
    canvas.fill([*wall, (978, 802), (222, 802)], [(0, "#efe6d6"), (1, "#a59a8c")])


def view(canvas: Canvas) -> None:
    """The bay with its islands, the Sugarloaf, the city, the green slopes."""
    sea = 470.0
    canvas.fill(
        box(0, sea, 1200, 800), [(0, "#9cc3d9"), (0.25, "#5f9cc0"), (1, "#2f6c94")], grain=0.2, cell=(50, 3), seed=8
    )
    for hill, wide, tall, colour in (
        (90, 260, 40, "#a9bccb"),
        (330, 220, 28, "#a3b8c8"),
        (800, 280, 34, "#a6bac9"),
        (1080, 300, 52, "#9db3c4"),
    ):
        canvas.fill(
            curve(
                (hill - wide / 2, sea + 3),
                ((hill - wide * 0.3, sea - tall), (hill - wide * 0.1, sea - tall * 1.3), (hill, sea - tall * 0.8)),
                (
                    (hill + wide * 0.2, sea - tall * 0.2),
                    (hill + wide * 0.3, sea - tall * 0.6),
                    (hill + wide / 2, sea + 3),
                ),
            ),
            colour,
            blur=1,
        )
    loaf = curve((918, 546), ((936, 500), (950, 424), (988, 420)), ((1024, 416), (1040, 490), (1062, 546)))
    canvas.fill(loaf, [(0, "#8c9aa0"), (0.35, "#7a8c86"), (1, "#50655f")], across=True, grain=0.4, cell=(5, 14), seed=2)
    canvas.fill(
        curve((1010, 552), ((1050, 520), (1080, 500), (1120, 508)), ((1150, 514), (1170, 540), (1190, 552))),
        [(0, "#7f9488"), (1, "#55705a")],
        grain=0.3,
        seed=3,
    )
    canvas.fill(
        curve(
            (880, 552),
            ((960, 532), (1120, 530), (1230, 548)),
            ((1230, 560), (1230, 570), (1230, 580)),
            ((1100, 568), (960, 572), (880, 552)),
        ),
        "#6f8a68",
    )
    city = random.Random(5)
    shore = curve(
        (-10, 560),
        ((160, 520), (300, 560), (420, 548)),
        ((520, 540), (700, 580), (860, 562)),
        ((980, 552), (1100, 590), (1210, 574)),
    )
    canvas.fill(
        [*shore, (1210, 810), (-10, 810)], [(0, "#93a58c"), (0.3, "#6c8a62"), (1, "#3d5c3a")], grain=0.3, seed=5
    )
    canvas.line([(x, y - 0.6) for x, y in shore], "#f0e3c4", 1.6)
    for _ in range(900):
        x = city.uniform(0, 1200)
        edge = min(shore, key=lambda point: abs(point[0] - x))[1]
        y = edge + 5 + abs(city.gauss(0, 26))
        width, height = city.uniform(2, 5), city.uniform(3, 10)
        canvas.facet(
            box(x, y - height, x + width, y), city.choice(("#f1ece2", "#e2d9cb", "#d5d4d2", "#e8cfb4", "#c7c9cc"))
        )
        canvas.facet(box(x + width * 0.6, y - height, x + width, y), "#a7a8a8")
    for _ in range(34):
        x, y = city.uniform(20, 1180), city.uniform(482, 532)
        canvas.dot(x, y, 1.6, 0.6, "#ffffff")
    canvas.haze(400, 700, "#d8e6ee", 0.38)
    for outline, colours, seed in (
        (
            curve(
                (-20, 640),
                ((90, 560), (190, 580), (300, 640)),
                ((380, 690), (440, 720), (520, 810)),
                ((300, 812), (100, 812), (-20, 810)),
            ),
            ("#16291c", "#2f5230", "#7f9a54"),
            1,
        ),
        (
            curve(
                (1220, 610),
                ((1120, 590), (1010, 620), (900, 670)),
                ((820, 710), (760, 740), (690, 810)),
                ((900, 812), (1100, 812), (1220, 810)),
            ),
            ("#14261b", "#2b4c2d", "#6c8a4c"),
            2,
        ),
        (
            curve(
                (-20, 730),
                ((140, 690), (260, 700), (380, 770)),
                ((420, 790), (440, 800), (450, 812)),
                ((300, 812), (100, 812), (-20, 812)),
            ),
            ("#112016", "#28482a", "#86a052"),
            3,
        ),
        (
            curve(
                (1220, 700),
                ((1060, 690), (930, 710), (830, 770)),
                ((800, 790), (780, 800), (770, 812)),
                ((900, 812), (1100, 812), (1220, 812)),
            ),
            ("#101e15", "#244226", "#6f8c48"),
            4,
        ),
    ):
        canvas.foliage(outline, colours, leaf=3, clump=22, seed=seed)


def draw() -> Image.Image:
    """The finished card."""
    canvas = Canvas([(0, "#1f5fae"), (0.25, "#3f86cb"), (0.45, "#86b9e0"), (0.6, "#d5e6ee"), (1, "#d5e6ee")])
    canvas.clouds(0, 480, [(0, "#ffffff"), (1, "#f0f4f6")], seed=71, cover=0.48, cell=(380, 120))
    view(canvas)
    pedestal(canvas)
    arm(canvas, -1)
    arm(canvas, 1)
    robe(canvas)
    tiles(canvas)
    head(canvas, MIDDLE, 186)
    return canvas.postcard("Christ the Redeemer, Rio de Janeiro")
