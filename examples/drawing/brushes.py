"""A canvas and the brushes that the postcards are drawn with: shapes, gradients, grain, foliage, clouds, reflections.

Needs Pillow only, and draws the same picture every time: what looks random comes from seeded generators. Coordinates
are logical units of a 1200 x 800 picture; the canvas is drawn twice as large and reduced at the end.
"""

import math
import random
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Point = tuple[float, float]
Colour = str | tuple[int, int, int]
Stops = list[tuple[float, Colour]]  # position from 0 to 1, colour there

SIZE = (1200, 800)
SCALE = 2  # canvas pixels per logical unit


def rgb(colour: Colour) -> tuple[int, int, int]:
    """A colour as three numbers, from "#aabbcc" or as it is."""
    if isinstance(colour, str):
        return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
    return colour


def mix(first: Colour, second: Colour, part: float) -> tuple[int, int, int]:
    """A colour between two others; 0 is the first."""
    a, b = rgb(first), rgb(second)
    return (
        round(a[0] + (b[0] - a[0]) * part),
        round(a[1] + (b[1] - a[1]) * part),
        round(a[2] + (b[2] - a[2]) * part),
    )


def gradient(size_px: tuple[int, int], stops: Stops, *, across: bool = False) -> Image.Image:
    """Colours that run from top to bottom, or from left to right."""
    steps = 512
    line = Image.new("RGB", (steps, 1))
    for x in range(steps):
        at = x / (steps - 1)
        before = max((stop for stop in stops if stop[0] <= at), default=stops[0], key=lambda stop: stop[0])
        after = min((stop for stop in stops if stop[0] >= at), default=stops[-1], key=lambda stop: stop[0])
        span = after[0] - before[0]
        line.putpixel((x, 0), mix(before[1], after[1], (at - before[0]) / span if span else 0))
    if not across:
        line = line.transpose(Image.Transpose.ROTATE_270)
    return line.resize(size_px, Image.Resampling.BILINEAR)


def noise(size_px: tuple[int, int], cell_px: tuple[float, float], seed: int, octaves: int = 4) -> Image.Image:
    """Grey clouds of several sizes around 128, the largest about `cell_px` wide and high."""
    generator = random.Random(seed)
    total = Image.new("L", size_px, 128)
    for octave in range(octaves):
        columns = max(2, round(size_px[0] / cell_px[0] * 2**octave) + 1)
        rows = max(2, round(size_px[1] / cell_px[1] * 2**octave) + 1)
        layer = Image.frombytes("L", (columns, rows), generator.randbytes(columns * rows))
        layer = layer.resize(size_px, Image.Resampling.BICUBIC)
        total = Image.blend(total, layer, 1.0 if octave == 0 else 0.5 ** (octave + 0.4))
    return total


def curve(start: Point, *pieces: tuple[Point, Point, Point], steps: int = 24) -> list[Point]:
    """Points along joined cubic Bezier curves; each piece is two handles and an end."""
    points = [start]
    for first, second, end in pieces:
        a = points[-1]
        for step in range(1, steps + 1):
            t = step / steps
            u = 1 - t
            weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
            points.append(
                (
                    sum(w * p[0] for w, p in zip(weights, (a, first, second, end), strict=True)),
                    sum(w * p[1] for w, p in zip(weights, (a, first, second, end), strict=True)),
                )
            )
    return points


def box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    """A rectangle."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def oval(x: float, y: float, radius_x: float, radius_y: float, steps: int = 48) -> list[Point]:
    """An ellipse around a centre."""
    turn = [2 * math.pi * step / steps for step in range(steps)]
    return [(x + radius_x * math.cos(angle), y + radius_y * math.sin(angle)) for angle in turn]


def mirrored(points: Sequence[Point], x: float) -> list[Point]:
    """A left outline from top to bottom, closed by its mirror image about a vertical line."""
    return [*points, *((2 * x - px, py) for px, py in reversed(points))]


class Canvas:
    """A picture in the making."""

    def __init__(self, sky: Stops) -> None:
        self.image = gradient((SIZE[0] * SCALE, SIZE[1] * SCALE), sky)
        self.draw = ImageDraw.Draw(self.image)

    def fill(
        self,
        shape: Sequence[Point],
        colours: Colour | Stops,
        *,
        across: bool = False,
        opacity: float = 1.0,
        blur: float = 0.0,
        grain: float = 0.0,
        cell: tuple[float, float] = (6, 6),
        seed: int = 1,
    ) -> None:
        """Paint a polygon with a colour or a gradient over its own box, softened by `blur`, roughened by `grain`."""
        margin = 3 * blur + 1
        left = math.floor((min(x for x, _ in shape) - margin) * SCALE)
        top = math.floor((min(y for _, y in shape) - margin) * SCALE)
        right = math.ceil((max(x for x, _ in shape) + margin) * SCALE)
        bottom = math.ceil((max(y for _, y in shape) + margin) * SCALE)
        size_px = (right - left, bottom - top)
        mask = Image.new("L", size_px)
        outline = [(x * SCALE - left, y * SCALE - top) for x, y in shape]
        ImageDraw.Draw(mask).polygon(outline, fill=round(255 * opacity))
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * SCALE))
        stops: Stops = colours if isinstance(colours, list) else [(0, colours), (1, colours)]
        paint = gradient(size_px, stops, across=across)
        if grain:
            rough = noise(size_px, (cell[0] * SCALE, cell[1] * SCALE), seed, octaves=3).convert("RGB")
            paint = Image.blend(paint, ImageChops.overlay(paint, rough), grain)
        self.image.paste(paint, (left, top), mask)

    def facet(self, shape: Sequence[Point], colour: Colour) -> None:
        """Paint a small polygon in one colour: quicker than `fill`, for stones and tiles by the thousand."""
        self.draw.polygon([(x * SCALE, y * SCALE) for x, y in shape], fill=rgb(colour))

    def line(self, points: Sequence[Point], colour: Colour, width: float = 1.0) -> None:
        """Draw a line through points."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.draw.line(scaled, fill=rgb(colour), width=max(1, round(width * SCALE)), joint="curve")

    def dot(self, x: float, y: float, radius_x: float, radius_y: float, colour: Colour) -> None:
        """Draw a small ellipse."""
        edges = ((x - radius_x) * SCALE, (y - radius_y) * SCALE, (x + radius_x) * SCALE, (y + radius_y) * SCALE)
        self.draw.ellipse(edges, fill=rgb(colour))

    def foliage(
        self,
        shape: Sequence[Point],
        colours: tuple[Colour, Colour, Colour],
        *,
        leaf: float,
        clump: float,
        seed: int,
    ) -> None:
        """Cover a polygon with clumps of leaves: the first colour in the shade, the last in the light from the left."""
        generator = random.Random(seed)
        xs, ys = [x for x, _ in shape], [y for _, y in shape]
        left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
        inside = Image.new("1", (math.ceil(right - left) + 1, math.ceil(bottom - top) + 1))
        ImageDraw.Draw(inside).polygon([(x - left, y - top) for x, y in shape], fill=1)
        self.fill(shape, colours[0])
        places = [
            (generator.uniform(left, right), generator.uniform(top, bottom))
            for _ in range(math.ceil(5 * (right - left) * (bottom - top) / clump**2))
        ]
        for x, y in sorted(
            (place for place in places if inside.getpixel((int(place[0] - left), int(place[1] - top)))),
            key=lambda p: p[1],
        ):
            size = clump * generator.uniform(0.5, 0.8)
            sunny = (
                0.75 - 0.4 * (y - top) / (bottom - top) - 0.25 * (x - left) / (right - left) + generator.gauss(0, 0.08)
            )
            for _ in range(math.ceil(1.6 * (size / leaf) ** 2)):
                angle, reach = generator.uniform(0, 6.3), math.sqrt(generator.random())
                dx, dy = math.cos(angle) * reach, math.sin(angle) * reach * 0.8
                light = min(1.0, max(0.0, sunny - 0.33 * dy - 0.25 * dx + generator.gauss(0, 0.1)))
                dark, bright = colours[:2] if light < 0.5 else colours[1:]
                colour = mix(dark, bright, light * 2 % 1 if light < 1 else 1)
                self.dot(
                    x + dx * size,
                    y + dy * size,
                    leaf * generator.uniform(0.4, 0.7),
                    leaf * generator.uniform(0.3, 0.55),
                    colour,
                )

    def clouds(
        self, top: float, bottom: float, colours: Stops, *, seed: int, cover: float, cell: tuple[float, float]
    ) -> None:
        """Lay clouds over a band of the sky; `cover` from 0 (none) to 1 (overcast)."""
        size_px = (SIZE[0] * SCALE, round((bottom - top) * SCALE))
        lag = (14 * SCALE, 9 * SCALE)  # a cloud is darker where there is more of it towards the light
        field = noise((size_px[0] + lag[0], size_px[1] + lag[1]), (cell[0] * SCALE, cell[1] * SCALE), seed, octaves=6)
        shapes = field.crop((*lag, *field.size))
        under = field.crop((0, 0, *size_px)).point([min(255, 150 + value // 2) for value in range(256)])
        threshold = 255 * (1 - cover)
        mask = shapes.point([min(255, max(0, round((value - threshold) * 3.4))) for value in range(256)])
        fade = gradient(
            size_px, [(0, "#000000" if top > 0 else "#ffffff"), (0.15, "#ffffff"), (0.55, "#ffffff"), (1, "#000000")]
        ).convert("L")
        mask = ImageChops.multiply(mask, fade).filter(ImageFilter.GaussianBlur(2 * SCALE))
        lit = ImageChops.multiply(gradient(size_px, colours), under.convert("RGB"))
        self.image.paste(lit, (0, round(top * SCALE)), mask)

    def reflect(
        self, shape: Sequence[Point], waterline: float, *, tint: Colour, strength: float, ripple: float, seed: int
    ) -> None:
        """Mirror what stands above a waterline into a polygon of water, waved and tinted more the nearer it is."""
        width_px, height_px = self.image.size
        line_px = round(waterline * SCALE)
        depth_px = height_px - line_px
        above = self.image.crop((0, max(0, line_px - depth_px), width_px, line_px))
        mirror = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        if mirror.height < depth_px:
            mirror = mirror.resize((width_px, depth_px), Image.Resampling.BICUBIC)
        mirror = mirror.filter(ImageFilter.GaussianBlur(0.7 * SCALE))
        waves = random.Random(seed)
        phases = [(waves.uniform(0, 6.3), waves.uniform(0.7, 1.4)) for _ in range(4)]
        rippled = mirror.copy()
        for row in range(depth_px):
            near = row / depth_px
            at = math.log1p(row / 30) * 55  # waves look longer the nearer they are
            shift = sum(
                math.sin(at * speed * (n + 1) * 0.5 + phase) / (n + 1) for n, (phase, speed) in enumerate(phases)
            )
            offset = round(shift * ripple * SCALE * (0.25 + near))
            source = min(depth_px - 1, max(0, row + round(shift * ripple * SCALE * near)))
            rippled.paste(mirror.crop((0, source, width_px, source + 1)), (offset, row))
        water = Image.new("RGB", rippled.size, rgb(tint))
        fade = gradient(rippled.size, [(0, (round(255 * strength),) * 3), (1, (round(150 * strength),) * 3)]).convert(
            "L"
        )
        water.paste(rippled, (0, 0), fade)
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon([(x * SCALE, y * SCALE) for x, y in shape], fill=255)
        self.image.paste(water, (0, line_px), mask.crop((0, line_px, width_px, height_px)))

    def haze(self, top: float, bottom: float, colour: Colour, strength: float) -> None:
        """Let air lie over a band of the picture, thickest at two thirds of its height, gone at both edges."""
        size_px = (SIZE[0] * SCALE, round((bottom - top) * SCALE))
        most = (round(255 * strength),) * 3
        mask = gradient(size_px, [(0, "#000000"), (0.66, most), (0.8, most), (1, "#000000")]).convert("L")
        self.image.paste(Image.new("RGB", size_px, rgb(colour)), (0, round(top * SCALE)), mask)

    def people(self, left: float, right: float, y: float, height: float, count: int, seed: int) -> None:
        """Visitors along a line, each a few dabs of colour."""
        generator = random.Random(seed)
        for _ in range(count):
            x, foot = generator.uniform(left, right), y + generator.uniform(-0.15, 0.15) * height
            tall = height * generator.uniform(0.82, 1.1)
            clothes = generator.choice(
                ("#e8e2d8", "#b5483f", "#3e5f8a", "#e0b04a", "#4a4550", "#c9d3dc", "#7c8f5a", "#d98a9a")
            )
            trousers = generator.choice(("#34353f", "#5c5148", "#4b5a70", "#8a7f70"))
            self.fill(
                [
                    (x, foot),
                    (x + tall * 0.7, foot + tall * 0.06),
                    (x + tall * 0.7, foot + tall * 0.14),
                    (x, foot + tall * 0.06),
                ],
                "#2a2420",
                opacity=0.3,
            )
            self.fill(box(x - tall * 0.1, foot - tall * 0.5, x + tall * 0.1, foot), trousers)
            self.fill(oval(x, foot - tall * 0.62, tall * 0.15, tall * 0.24, 12), clothes)
            self.dot(
                x, foot - tall * 0.92, tall * 0.08, tall * 0.1, generator.choice(("#5a4030", "#3a2c24", "#c89a78"))
            )

    def postcard(self, title: str, size_px: tuple[int, int] = (720, 480)) -> Image.Image:
        """The finished card: reduced, with darkened corners, a paper margin and a line that says what it is."""
        margin_px, caption_px = 10, 24
        inner = (size_px[0] - 2 * margin_px, size_px[1] - margin_px - caption_px)
        picture = self.image.resize(inner, Image.Resampling.LANCZOS)
        corners = Image.radial_gradient("L").resize(inner).point([max(0, (value - 130) // 3) for value in range(256)])
        picture.paste(Image.new("RGB", inner, "#1a1420"), (0, 0), corners)
        card = Image.new("RGB", size_px, "#fbf7ee")
        card.paste(picture, (margin_px, margin_px))
        write = ImageDraw.Draw(card)
        middle = size_px[1] - caption_px / 2
        write.text((margin_px, middle), title, "#4a4238", ImageFont.load_default(13), anchor="lm")
        write.text(
            (size_px[0] - margin_px, middle), "drawn postcard", "#8a8072", ImageFont.load_default(11), anchor="rm"
        )
        return card
