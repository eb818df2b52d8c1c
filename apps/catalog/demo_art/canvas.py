"""Paper, light and brush for the demo pictures: one light from the upper left, soft shadows, warm ground.

Points are in units of an 800 × 600 picture, painted twice as large and scaled down.
"""

import itertools
import math
from collections.abc import Sequence
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, ...]  # (x, y) on a curve, (x, y, 0) a corner

WIDTH, HEIGHT, FINE = 800, 600, 2
SHADOW = (74, 54, 38)
INK = (62, 50, 42)
PAINTS: dict[str, Colour] = {
    "White": (244, 241, 235), "Cream": (238, 226, 204), "Oat": (216, 200, 174), "Sand": (214, 192, 158),
    "Natural": (222, 205, 176), "Mustard": (208, 158, 62), "Terracotta": (190, 102, 72), "Blush": (224, 178, 166),
    "Burgundy": (118, 42, 54), "Red": (184, 58, 52), "Blue": (92, 128, 168), "Sky blue": (158, 188, 212),
    "Navy": (46, 60, 92), "Indigo": (66, 80, 124), "Petrol": (44, 104, 112), "Sage": (156, 172, 144),
    "Olive": (118, 120, 76), "Forest": (52, 86, 68), "Lavender": (182, 170, 204), "Tan": (178, 122, 76),
    "Brown": (104, 68, 48), "Charcoal": (74, 74, 78), "Grey": (160, 160, 160), "Black": (48, 46, 46),
}  # fmt: skip


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of the other in one."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def darker(colour: Colour, share: float) -> Colour:
    return mix(colour, (30, 20, 22), share)


def lighter(colour: Colour, share: float) -> Colour:
    return mix(colour, (255, 252, 244), share)


def brightness(colour: Colour) -> float:
    return (0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]) / 255


def mirrored(right: Sequence[Point], axis: float = 400) -> list[Point]:
    """A closed outline from its right half, given from top to bottom."""
    left = [(2 * axis - point[0], *point[1:]) for point in reversed(right)]
    return [*right, *(point for point in left if abs(point[0] - axis) > 0.01)]


def oval(x: float, y: float, rx: float, ry: float, start: float = 0, end: float = 360) -> list[Point]:
    """Points of an ellipse, or of a part of it, in degrees clockwise from three o'clock."""
    steps = 48
    angles = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    points: list[Point] = [(x + rx * math.cos(angle), y + ry * math.sin(angle), 0.0) for angle in angles]
    return points[:-1] if end - start >= 360 else points


def block(x: float, y: float, width: float, height: float, radius: float = 0) -> list[Point]:
    """A rectangle with round corners, from its upper left."""
    if not radius:
        return [(x, y, 0), (x + width, y, 0), (x + width, y + height, 0), (x, y + height, 0)]
    corners = [(x + width - radius, y + radius, 270), (x + width - radius, y + height - radius, 0),
               (x + radius, y + height - radius, 90), (x + radius, y + radius, 180)]  # fmt: skip
    return [
        (cx + radius * math.cos(math.radians(start + turn)), cy + radius * math.sin(math.radians(start + turn)), 0)
        for cx, cy, start in corners
        for turn in range(0, 91, 10)
    ]


def curve(points: Sequence[Point], *, is_closed: bool) -> list[tuple[float, float]]:
    """Through all points: smooth where they have two numbers, straight-cornered where they have three."""
    count = len(points)
    pieces = count if is_closed else count - 1
    line: list[tuple[float, float]] = []
    for index in range(pieces):
        here, there = points[index], points[(index + 1) % count]
        before = points[index - 1] if (is_closed or index) and len(here) == 2 else here
        after = points[(index + 2) % count] if (is_closed or index + 2 < count) and len(there) == 2 else there
        steps = 1 if len(here) == 3 and len(there) == 3 else 14
        for step in range(steps):
            line.append(tuple(_spline(before[i], here[i], there[i], after[i], step / steps) for i in (0, 1)))  # type: ignore[arg-type]
    if not is_closed:
        line.append((points[-1][0], points[-1][1]))
    return line


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)


@cache
def weave(kind: str) -> Image.Image:
    """A tile of surface, grey where it changes nothing: linen, knit, grain, wood."""
    size = (WIDTH * FINE, HEIGHT * FINE)
    if kind == "linen":
        across = Image.effect_noise((size[0] // 24, size[1]), 60).resize(size, Image.Resampling.BILINEAR)
        along = Image.effect_noise((size[0], size[1] // 24), 60).resize(size, Image.Resampling.BILINEAR)
        return Image.blend(across, along, 0.5)
    if kind == "wood":
        grain = Image.effect_noise((size[0] // 60, size[1] // 3), 90).resize(size, Image.Resampling.BICUBIC)
        return grain.filter(ImageFilter.GaussianBlur(1))
    if kind == "knit":
        tile = Image.new("L", (16, 14), 128)
        draw = ImageDraw.Draw(tile)
        for shift in (-14, 0, 14):
            draw.line([(0, 2 + shift), (8, 11 + shift)], fill=176, width=4)
            draw.line([(16, 2 + shift), (8, 11 + shift)], fill=84, width=4)
        field = Image.new("L", size)
        for x in range(0, size[0], 16):
            for y in range(0, size[1], 14):
                field.paste(tile, (x, y))
        return field.filter(ImageFilter.GaussianBlur(1.4))
    return Image.effect_noise(size, 38).filter(ImageFilter.GaussianBlur(0.8))


class Canvas:
    """One picture in the making."""

    def __init__(
        self,
        *,
        ground: float,
        is_flat: bool,
        zoom: float = 1.0,
        focus: tuple[float, float] = (400, 300),
        centre: tuple[float, float] = (400, 300),
        turn: float = 0,
    ) -> None:
        """`ground`: brightness of what lies on it, so that white goods lie on a deeper ground."""
        self.zoom = zoom
        self.focus = focus
        self.centre = centre
        self.turn = math.radians(turn)
        deep = max(0.0, ground - 0.62) * 0.55
        self.wall = mix((238, 231, 221), (148, 122, 98), deep * 1.5)
        self.table = mix((229, 218, 203), (140, 112, 88), deep * 1.5)
        self.image = self._backdrop(is_flat)

    def _backdrop(self, is_flat: bool) -> Image.Image:
        size = (WIDTH * FINE, HEIGHT * FINE)
        gradient = Image.linear_gradient("L").resize(size)
        if is_flat:
            top, bottom = lighter(self.wall, 0.3), darker(self.table, 0.03)
            image = Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), gradient)
        else:
            wall = Image.composite(
                Image.new("RGB", size, self.wall), Image.new("RGB", size, lighter(self.wall, 0.4)), gradient
            )
            table = Image.composite(
                Image.new("RGB", size, darker(self.table, 0.06)),
                Image.new("RGB", size, lighter(self.table, 0.12)),
                gradient,
            )
            edge = Image.new("L", size, 0)
            ImageDraw.Draw(edge).rectangle([0, int(425 * FINE), size[0], size[1]], fill=255)
            image = Image.composite(table, wall, edge.filter(ImageFilter.GaussianBlur(5)))
        light = Image.new("L", (size[0] // 8, size[1] // 8), 0)
        ImageDraw.Draw(light).polygon([(10, 0), (88, 0), (170, 150), (70, 150)], fill=120)
        light = light.filter(ImageFilter.GaussianBlur(14)).resize(size, Image.Resampling.BICUBIC)
        image = Image.composite(Image.new("RGB", size, (255, 250, 240)), image, light.point(lambda v: v * 0.55))
        vignette = Image.radial_gradient("L").resize(size).point(lambda v: max(0, v - 120) * 0.28)
        return Image.composite(Image.new("RGB", size, darker(self.table, 0.45)), image, vignette)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the drawing lies on the large picture."""
        dx, dy = (x - self.focus[0]) * self.zoom, (y - self.focus[1]) * self.zoom
        cos, sin = math.cos(self.turn), math.sin(self.turn)
        return ((self.centre[0] + dx * cos - dy * sin) * FINE, (self.centre[1] + dx * sin + dy * cos) * FINE)

    def shape(
        self,
        points: Sequence[Point],
        colour: Colour,
        *,
        shade: float = 1.0,
        is_round: bool = False,
        surface: str = "",
        roughness: float = 0.5,
        shadow: float = 0,
        opacity: float = 1.0,
    ) -> None:
        """Paint a closed form. `shade`: how much the light models its edge; `is_round`: like a cylinder;
        `shadow`: how high it lies above what is below it."""
        placed = [self.place(x, y) for x, y in curve(points, is_closed=True)]
        reach = int(max(26, shadow * 5) * FINE * max(1.0, self.zoom))
        box = self._box(placed, reach)
        if box is None:
            return
        x0, y0, x1, y1 = box
        size = (x1 - x0, y1 - y0)
        mask = Image.new("L", size, 0)
        ImageDraw.Draw(mask).polygon([(x - x0, y - y0) for x, y in placed], fill=255)
        if shadow:
            self._shadow(mask, (x0, y0), shadow)
        paint = Image.new("RGB", size, colour)
        if is_round:
            paint = self._rounded(paint, placed, x0)
        if surface:
            tile = weave(surface).crop(box)
            rough = Image.merge("RGB", [tile] * 3)
            paint = Image.blend(paint, ImageChops.soft_light(paint, rough), roughness)
        if shade:
            paint = self._modelled(paint, mask, shade)
        self.image.paste(paint, (x0, y0), mask if opacity == 1 else mask.point(lambda v: v * opacity))

    def line(self, points: Sequence[Point], colour: Colour, width: float, *, opacity: float = 1.0) -> None:
        """A round-ended brush stroke through the points."""
        placed = [self.place(x, y) for x, y in curve(points, is_closed=False)]
        thick = max(1.0, width * self.zoom * FINE)
        box = self._box(placed, int(thick) + 4)
        if box is None:
            return
        x0, y0, x1, y1 = box
        mask = Image.new("L", (x1 - x0, y1 - y0), 0)
        draw = ImageDraw.Draw(mask)
        moved = [(x - x0, y - y0) for x, y in placed]
        draw.line(moved, fill=255, width=round(thick), joint="curve")
        for x, y in (moved[0], moved[-1]):
            draw.ellipse([x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2], fill=255)
        self.image.paste(colour, (x0, y0), mask.point(lambda v: v * opacity))

    def stitches(self, points: Sequence[Point], colour: Colour, *, gap: float = 7) -> None:
        """A seam: short dashes along the points."""
        placed = curve(points, is_closed=False)
        walked, start = 0.0, placed[0]
        for (ax, ay), (bx, by) in itertools.pairwise(placed):
            walked += math.hypot(bx - ax, by - ay)
            if walked >= gap:
                middle = ((start[0] + bx) / 2, (start[1] + by) / 2)
                self.line([(*start, 0), (*middle, 0)], colour, 1.1, opacity=0.75)
                start, walked = (bx, by), 0.0

    def ground_shadow(self, x: float, y: float, width: float, height: float = 16) -> None:
        """What a standing thing throws on the table, longer to the right."""
        for grow, move, strength in ((1.35, 0.14, 0.22), (1.0, 0.02, 0.42)):
            placed = [self.place(px, py) for px, py, _ in oval(x + width * move, y, width / 2 * grow, height * grow)]
            box = self._box(placed, 60 * FINE)
            if box is None:
                continue
            mask = Image.new("L", (box[2] - box[0], box[3] - box[1]), 0)
            ImageDraw.Draw(mask).polygon([(px - box[0], py - box[1]) for px, py in placed], fill=255)
            soft = mask.filter(ImageFilter.GaussianBlur(9 * FINE * grow * self.zoom))
            self.image.paste(SHADOW, box[:2], soft.point(lambda v, s=strength: v * s))

    def finished(self) -> Image.Image:
        return self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)

    def _box(self, placed: Sequence[tuple[float, float]], reach: int) -> tuple[int, int, int, int] | None:
        x0, y0 = int(min(x for x, _ in placed)) - reach, int(min(y for _, y in placed)) - reach
        x1, y1 = int(max(x for x, _ in placed)) + reach, int(max(y for _, y in placed)) + reach
        is_seen = x1 > 0 and y1 > 0 and x0 < WIDTH * FINE and y0 < HEIGHT * FINE
        return (x0, y0, x1, y1) if is_seen and x1 - x0 > 1 and y1 - y0 > 1 else None

    def _shadow(self, mask: Image.Image, corner: tuple[int, int], height: float) -> None:
        for blur, move, strength in ((height * 1.3, height * 0.9, 0.26), (height * 0.3, height * 0.2, 0.30)):
            soft = mask.filter(ImageFilter.GaussianBlur(max(1, blur * FINE)))
            moved = ImageChops.offset(soft, int(move * FINE), int(move * 1.2 * FINE))
            self.image.paste(SHADOW, corner, moved.point(lambda v, s=strength: v * s))

    def _modelled(self, paint: Image.Image, mask: Image.Image, strength: float) -> Image.Image:
        """Lighter towards the light, darker away from it."""
        depth = int(11 * FINE * self.zoom)
        soft = mask.filter(ImageFilter.BoxBlur(depth * 0.8))
        away = ImageChops.subtract(mask, ImageChops.offset(soft, -depth // 2, -depth // 2))
        towards = ImageChops.subtract(mask, ImageChops.offset(soft, depth // 2, depth // 2))
        dark = ImageChops.multiply(paint, Image.new("RGB", paint.size, (150, 138, 140)))
        light = ImageChops.screen(paint, Image.new("RGB", paint.size, (74, 70, 62)))
        paint = Image.composite(dark, paint, away.point(lambda v: min(255, v * 0.75 * strength)))
        return Image.composite(light, paint, towards.point(lambda v: min(255, v * 0.6 * strength)))

    def _rounded(self, paint: Image.Image, placed: Sequence[tuple[float, float]], x0: int) -> Image.Image:
        left, right = min(x for x, _ in placed) - x0, max(x for x, _ in placed) - x0
        steps = [0.30, 0.10, 0.0, 0.0, 0.05, 0.14, 0.26, 0.42, 0.58, 0.62]
        lights = [0.0, 0.10, 0.34, 0.22, 0.06, 0.0, 0.0, 0.0, 0.04, 0.12]
        for values, target in ((steps, (96, 82, 82)), (lights, None)):
            strip = Image.new("L", (len(values), 1))
            strip.putdata([round(value * 255) for value in values])
            wide = strip.resize((max(1, int(right - left)), paint.size[1]), Image.Resampling.BICUBIC)
            mask = Image.new("L", paint.size, 0)
            mask.paste(wide, (int(left), 0))
            other = (
                ImageChops.multiply(paint, Image.new("RGB", paint.size, target))
                if target
                else ImageChops.screen(paint, Image.new("RGB", paint.size, (120, 116, 106)))
            )
            paint = Image.composite(other, paint, mask)
        return paint
