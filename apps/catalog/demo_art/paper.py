"""Notebooks, pens, cards and what lies on a desk."""

from .canvas import PAINTS, Canvas, Colour, Point, block, darker, lighter, oval

PAPER = (246, 240, 228)
BRASS = (206, 172, 104)
OAK = (196, 152, 106)
SHOP_COLOURS = ("Terracotta", "Mustard", "Sage", "Petrol", "Navy", "Blush")


def notebook(canvas: Canvas, colour: Colour) -> None:
    canvas.shape(block(272, 102, 276, 398, 8), darker(PAPER, 0.14), shade=0.6, shadow=10)
    for step in range(4):
        canvas.line([(544 + step * 1.6, 108, 0), (544 + step * 1.6, 494, 0)], darker(PAPER, 0.3), 0.7, opacity=0.6)
    canvas.shape(block(262, 96, 278, 398, 10), colour, surface="linen", roughness=0.45, shadow=3)
    canvas.shape(
        [(262, 106, 0), (272, 96, 0), (302, 96, 0), (302, 494, 0), (272, 494, 0), (262, 484, 0)],
        darker(colour, 0.18),
        surface="linen",
        roughness=0.4,
        shade=0.7,
    )
    canvas.line([(506, 96, 0), (506, 494, 0)], darker(colour, 0.45), 9)
    canvas.line([(504, 98, 0), (504, 492, 0)], lighter(colour, 0.3), 1.6, opacity=0.5)
    canvas.line([(366, 494), (370, 520), (362, 540)], lighter((190, 102, 72), 0.1), 6)
    canvas.shape(block(348, 196, 108, 62, 2), PAPER, shade=0.3, surface="grain", roughness=0.2, shadow=1)
    canvas.line([(366, 220, 0), (438, 220, 0)], (96, 80, 68), 2.4)
    canvas.line([(378, 236, 0), (426, 236, 0)], (160, 144, 128), 1.8)


def pen(canvas: Canvas, colour: Colour) -> None:
    def along(start: float, end: float, half_start: float, half_end: float) -> list[Point]:
        """A piece of the pen, which lies from lower left to upper right."""
        ax, ay, bx, by = 190 + start * 420, 420 - start * 240, 190 + end * 420, 420 - end * 240
        nx, ny = 0.496, 0.868
        return [
            (ax - nx * half_start, ay - ny * half_start, 0), (bx - nx * half_end, by - ny * half_end, 0),
            (bx + nx * half_end, by + ny * half_end, 0), (ax + nx * half_start, ay + ny * half_start, 0),
        ]  # fmt: skip

    canvas.shape(block(220, 150, 380, 300, 4), PAPER, shade=0.3, surface="grain", roughness=0.25, shadow=6)
    for y in range(190, 430, 30):
        canvas.line([(244, y, 0), (576, y, 0)], (206, 196, 180), 1.2)
    canvas.shape(along(0.0, 0.14, 2, 11), BRASS, shade=1, shadow=5)
    canvas.shape(along(0.13, 0.24, 12, 14), darker(colour, 0.3), shade=1.2, shadow=5)
    canvas.shape(along(0.23, 0.60, 16, 18), colour, shade=1.4, shadow=7)
    canvas.shape(along(0.60, 0.63, 20, 20), BRASS, shade=1.2, shadow=4)
    canvas.shape(along(0.625, 0.97, 20, 18), colour, shade=1.4, shadow=7)
    canvas.shape(along(0.965, 1.0, 18, 13), BRASS, shade=1.2, shadow=4)
    canvas.line([(452, 262, 0), (560, 200, 0)], BRASS, 7)
    canvas.line([(452, 260, 0), (558, 199, 0)], lighter(BRASS, 0.7), 2)
    canvas.line([(300, 348, 0), (430, 274, 0)], (255, 255, 250), 4, opacity=0.35)
    canvas.line([(214, 402), (226, 418), (250, 410), (280, 424)], darker(colour, 0.2), 2.6, opacity=0.8)


def pencils(canvas: Canvas, colour: Colour) -> None:
    for place, name in enumerate(SHOP_COLOURS):
        y, paint, x = 150 + place * 52, PAINTS[name], 200 + (place % 2) * 22
        canvas.shape(block(x, y, 340, 32, 2), paint, shade=0.6, shadow=7)
        canvas.line([(x + 2, y + 9, 0), (x + 338, y + 9, 0)], lighter(paint, 0.6), 4, opacity=0.4)
        canvas.line([(x + 2, y + 24, 0), (x + 338, y + 24, 0)], darker(paint, 0.5), 6, opacity=0.3)
        canvas.shape(
            [(x + 340, y, 0), (x + 392, y + 12, 0), (x + 392, y + 20, 0), (x + 340, y + 32, 0)],
            (226, 190, 144),
            surface="wood",
            shade=0.6,
            shadow=5,
        )
        canvas.shape([(x + 388, y + 11, 0), (x + 408, y + 16, 0), (x + 388, y + 21, 0)], (58, 54, 54), shade=0.4)
        canvas.line([(x + 24, y + 16, 0), (x + 70, y + 16, 0)], BRASS, 3, opacity=0.9)
        canvas.shape(block(x - 14, y + 1, 16, 30, 3), BRASS, shade=0.9, shadow=3)


def envelope(canvas: Canvas, colour: Colour) -> None:
    canvas.shape(block(250, 90, 330, 330, 3), PAPER, shade=0.3, surface="grain", roughness=0.3, shadow=8)
    for y in range(140, 260, 26):
        canvas.line([(290, y, 0), (540 - (y % 3) * 40, y, 0)], (150, 136, 122), 2, opacity=0.5)
    canvas.shape(block(190, 250, 420, 250, 4), colour, surface="grain", roughness=0.35, shadow=9)
    canvas.shape(
        [(190, 500, 0), (390, 366), (410, 366), (610, 500, 0)],
        lighter(colour, 0.06),
        surface="grain",
        roughness=0.35,
        shade=0.6,
        shadow=2,
    )
    canvas.shape(
        [(192, 252, 0), (608, 252, 0), (420, 396), (400, 404), (380, 396)],
        lighter(colour, 0.03),
        surface="grain",
        roughness=0.35,
        shade=0.8,
        shadow=3,
    )
    canvas.shape(oval(400, 390, 28, 27), (150, 48, 46), shade=1.3, shadow=3)
    canvas.shape(oval(400, 390, 18, 17), (132, 40, 40), shade=0.9)
    canvas.line([(390, 394), (400, 380), (410, 394)], (184, 84, 78), 3)


def _flower(canvas: Canvas, x: float, y: float, size: float, paint: Colour, *, stem: float) -> None:
    canvas.line([(x, y), (x + 6, y + stem * 0.5), (x - 2, y + stem)], (112, 132, 98), 3.4)
    for side in (-1, 1):
        canvas.shape(
            [
                (x + 3, y + stem * 0.6, 0),
                (x + side * 20, y + stem * 0.42),
                (x + side * 30, y + stem * 0.34, 0),
                (x + side * 20, y + stem * 0.58),
            ],
            (132, 150, 112),
            shade=0.4,
        )
    for number in range(6):
        angle = number * 60
        petal = oval(x, y, size * 0.38, size * 0.38)
        dx, dy = oval(0, 0, size * 0.52, size * 0.52, angle, angle + 1)[0][:2]
        canvas.shape([(px + dx, py + dy, 0.0) for px, py, _ in petal], paint, shade=0.5)
    canvas.shape(oval(x, y, size * 0.3, size * 0.3), PAINTS["Mustard"], shade=0.6)


def card(canvas: Canvas, colour: Colour) -> None:
    for x, y, paint, size in ((190, 150, "Sky blue", 26), (480, 160, "Mustard", 24), (316, 110, "Terracotta", 34)):
        width, height = (228, 330) if size == 34 else (196, 284)
        canvas.shape(block(x, y, width, height, 3), PAPER, shade=0.3, surface="grain", roughness=0.3, shadow=9)
        middle = x + width / 2
        _flower(canvas, middle, y + height * 0.30, size, PAINTS[paint], stem=height * 0.5)
        _flower(canvas, middle - 40, y + height * 0.46, size * 0.62, lighter(PAINTS[paint], 0.3), stem=height * 0.34)
        _flower(canvas, middle + 40, y + height * 0.42, size * 0.7, darker(PAINTS[paint], 0.1), stem=height * 0.38)


def gift_card(canvas: Canvas, colour: Colour) -> None:
    """A card with a bow, half out of its envelope."""
    canvas.shape(block(236, 196, 372, 262, 4), PAPER, surface="grain", roughness=0.35, shadow=9)
    canvas.shape(
        [(236, 196, 0), (410, 318), (434, 318), (608, 196, 0)],
        darker(PAPER, 0.08),
        surface="grain",
        roughness=0.3,
        shadow=4,
    )
    canvas.shape(block(196, 132, 356, 224, 14), colour, surface="linen", roughness=0.3, shade=0.9, shadow=10)
    canvas.shape(block(196, 230, 356, 26, 0), BRASS, shade=0.8, shadow=2)
    canvas.shape(block(276, 132, 26, 224, 0), BRASS, shade=0.8, shadow=2)
    for turn in (-1, 1):
        x = 289 + turn * 42
        canvas.shape(oval(x, 222, 44, 25), lighter(BRASS, 0.15), shade=1.1, shadow=5)
        canvas.shape(oval(x + turn * 5, 223, 22, 10), darker(BRASS, 0.35), shade=0.4)
        canvas.shape(
            [(289, 246, 0), (289 + turn * 58, 314, 0), (289 + turn * 30, 318, 0)],
            lighter(BRASS, 0.05),
            shade=0.7,
            shadow=3,
        )
    canvas.shape(oval(289, 240, 17, 17), darker(BRASS, 0.08), shade=1.2, shadow=4)
    canvas.line([(398, 300, 0), (516, 300, 0)], lighter(colour, 0.7), 3, opacity=0.8)
    canvas.line([(398, 318, 0), (476, 318, 0)], lighter(colour, 0.7), 2, opacity=0.6)


def tape(canvas: Canvas, colour: Colour) -> None:
    for x, y, name in ((280, 250, "Sage"), (430, 220, "Terracotta"), (380, 370, "Navy")):
        paint = PAINTS[name]
        canvas.shape(oval(x, y, 92, 92), paint, shade=1.1, shadow=10)
        for radius in (84, 76, 68):
            canvas.line([*oval(x, y, radius, radius), (x + radius, y, 0)], darker(paint, 0.3), 1, opacity=0.3)
        canvas.shape(oval(x, y, 60, 60), (212, 186, 150), shade=0.7)
        canvas.shape(oval(x, y, 51, 51), darker(canvas.table, 0.30), shade=0)
        canvas.shape(oval(x + 5, y + 6, 46, 45), darker(canvas.table, 0.08), shade=0)
    canvas.shape(
        [(512, 260, 0), (620, 300, 0), (612, 328, 0), (506, 290, 0)],
        lighter(PAINTS["Terracotta"], 0.1),
        shade=0.3,
        shadow=2,
        opacity=0.92,
    )


def tray(canvas: Canvas, colour: Colour) -> None:
    canvas.shape(block(180, 170, 440, 270, 34), OAK, surface="wood", roughness=0.4, shadow=11)
    for x, y, width, height in ((206, 198, 250, 92), (206, 316, 250, 96), (482, 198, 112, 214)):
        canvas.shape(block(x - 2, y - 2, width + 4, height + 4, 22), lighter(OAK, 0.25), shade=0)
        canvas.shape(block(x, y, width, height, 20), darker(OAK, 0.55), shade=0)
        canvas.shape(
            block(x + 7, y + 10, width - 8, height - 11, 17), darker(OAK, 0.26), surface="wood", roughness=0.3, shade=0
        )
    canvas.shape(block(226, 232, 196, 14, 6), PAINTS["Navy"], shade=1.2, shadow=3)
    canvas.shape(block(240, 256, 186, 12, 5), PAINTS["Terracotta"], shade=1.2, shadow=3)
    for x, y in ((256, 356), (300, 372), (346, 352), (392, 370)):
        canvas.line(
            [(x - 12, y - 6), (x + 12, y - 6), (x + 14, y + 6), (x - 10, y + 6), (x - 8, y - 1), (x + 8, y - 1)],
            (236, 224, 196),
            2.8,
        )
    canvas.shape(oval(538, 268, 32, 32), PAINTS["Sage"], shade=1.1, shadow=3)
    canvas.shape(oval(538, 268, 18, 18), darker(OAK, 0.15), shade=1)
    canvas.shape(block(516, 330, 46, 58, 4), (236, 226, 208), shade=0.6, shadow=3)


def calendar(canvas: Canvas, colour: Colour) -> None:
    canvas.shape(block(258, 74, 284, 448, 3), PAPER, shade=0.3, surface="grain", roughness=0.25, shadow=9)
    canvas.shape(block(274, 98, 252, 232, 0), (224, 206, 178), shade=0)
    canvas.shape(oval(456, 158, 32, 32), PAINTS["Terracotta"], shade=0)
    for base, top, name in ((330, 214, "Blush"), (330, 240, "Sage"), (330, 268, "Petrol"), (330, 300, "Forest")):
        ridge: list[Point] = [
            (274, top + 18),
            (320, top - 12),
            (372, top + 14),
            (430, top - 18),
            (480, top + 8),
            (526, top - 8, 0),
            (526, base, 0),
            (274, base, 0),
        ]
        canvas.shape(ridge, PAINTS[name], shade=0.25, surface="grain", roughness=0.3)
    for row in range(5):
        for column in range(7):
            if (row, column) not in {(0, 0), (0, 1), (4, 5), (4, 6)}:
                is_today = (row, column) == (2, 3)
                canvas.shape(
                    oval(292 + column * 36, 388 + row * 27, 8 if is_today else 3, 8 if is_today else 3),
                    PAINTS["Terracotta"] if is_today else (120, 106, 94),
                    shade=0,
                )
    canvas.line([(274, 352, 0), (360, 352, 0)], (86, 70, 58), 5)
    for step in range(24):
        canvas.line([(268 + step * 11.5, 66, 0), (268 + step * 11.5, 84, 0)], (96, 88, 80), 2.6)
    canvas.line([(388, 66), (400, 46), (412, 66)], (96, 88, 80), 3)
