"""Things for the home, on a table by a window."""

import random

from .canvas import Canvas, Colour, Point, block, brightness, darker, lighter, mirrored, oval

LINEN = (232, 222, 204)
OAK = (190, 148, 104)
STEM = (96, 118, 84)


def _speckles(canvas: Canvas, colour: Colour, x: float, y: float, width: float, height: float) -> None:
    """The iron in stoneware. A fixed scatter, so that a cup stays the same cup."""
    scatter = random.Random(11)  # noqa: S311
    for number in range(70):
        across, down = scatter.random(), scatter.random()
        canvas.shape(
            oval(x + across * width, y + down * height, 0.7 + number % 3 * 0.45, 0.7 + number % 3 * 0.4),
            darker(colour, 0.45),
            shade=0,
            opacity=0.5,
        )


def mug(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 446, 260, 18)
    ring: list[Point] = [(506, 262), (560, 258), (592, 300), (586, 356), (548, 392), (502, 394)]
    canvas.line(ring, darker(colour, 0.28), 27)
    canvas.line([(x - 2, y - 3) for x, y in ring], colour, 21)
    canvas.line([(x - 5, y - 7) for x, y in ring[:4]], lighter(colour, 0.5), 5, opacity=0.5)
    canvas.shape(
        mirrored([(400, 226), (520, 222, 0), (518, 400), (500, 440), (470, 450, 0), (400, 456)]),
        colour,
        is_round=True,
        shade=0.5,
    )
    canvas.shape(
        mirrored([(400, 396), (518, 390, 0), (500, 440), (470, 450, 0), (400, 456)]),
        lighter((206, 186, 160), 0.15),
        is_round=True,
        shade=0.4,
        surface="grain",
        roughness=0.5,
    )
    _speckles(canvas, colour, 296, 256, 206, 136)
    canvas.shape(oval(400, 223, 120, 25), lighter(colour, 0.18), shade=0.8)
    canvas.shape(oval(400, 225, 110, 20), darker(colour, 0.35), shade=0.4)
    canvas.shape(oval(400, 231, 101, 14), (94, 58, 38), shade=0.5)
    canvas.shape(oval(378, 229, 46, 5), (140, 96, 66), shade=0, opacity=0.5)


def bowl(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 450, 300, 18)
    canvas.shape(
        mirrored([(400, 290), (610, 284, 0), (590, 350), (520, 420), (450, 448, 0), (400, 452)]),
        colour,
        is_round=True,
        shade=0.5,
    )
    _speckles(canvas, colour, 260, 320, 280, 90)
    canvas.shape(oval(400, 287, 210, 44), lighter(colour, 0.2), shade=0.8)
    canvas.shape(oval(400, 291, 197, 37), darker(colour, 0.16), shade=1.2)
    canvas.shape(oval(404, 284, 150, 20), darker(colour, 0.24), shade=0, opacity=0.5)


def vase(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 478, 220, 17)
    for tip_x, tip_y, bend in ((330, 60, 366), (410, 34, 398), (476, 74, 436)):
        canvas.line([(400, 232), (bend, 150), (tip_x, tip_y)], STEM, 4)
        for step in range(6):
            share = step / 6
            x = 400 + (tip_x - 400) * (0.35 + share * 0.65)
            y = 232 + (tip_y - 232) * (0.35 + share * 0.65)
            for side in (-1, 1):
                leaf: list[Point] = [
                    (x, y, 0),
                    (x + side * 16, y - 14),
                    (x + side * 34, y - 16, 0),
                    (x + side * 20, y - 2),
                ]
                canvas.shape(leaf, (128 + step * 6, 146 + step * 4, 110), shade=0.6, shadow=1)
    canvas.shape(
        mirrored(
            [(400, 214), (428, 212, 0), (430, 262), (498, 330), (510, 400), (470, 470), (440, 482, 0), (400, 486)]
        ),
        colour,
        is_round=True,
        shade=0.5,
        surface="grain",
        roughness=0.35,
    )
    _speckles(canvas, colour, 320, 340, 150, 120)
    canvas.shape(oval(400, 213, 29, 8), darker(colour, 0.4), shade=0.5)


def candle(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 452, 250, 18)
    canvas.shape(oval(400, 120, 70, 100), (255, 214, 140), shade=0, opacity=0.10)
    canvas.shape(oval(400, 140, 40, 62), (255, 222, 150), shade=0, opacity=0.16)
    canvas.shape(
        mirrored([(400, 206), (512, 200, 0), (512, 424), (496, 448), (400, 458)]),
        mix_glass(colour),
        is_round=True,
        shade=0.6,
    )
    canvas.shape(oval(400, 203, 112, 24), lighter(colour, 0.5), shade=0.8)
    canvas.shape(oval(400, 208, 102, 19), (244, 234, 212), shade=0.6)
    canvas.line([(400, 206), (401, 190), (399, 178)], (60, 48, 40), 3.4)
    canvas.shape([(400, 130, 0), (411, 158), (408, 180), (400, 188), (392, 180), (389, 158)], (255, 196, 92), shade=0)
    canvas.shape([(400, 152, 0), (405, 170), (400, 184), (395, 170)], (255, 244, 212), shade=0)
    canvas.shape(block(330, 286, 140, 106, 4), (246, 240, 228), shade=0.3, surface="grain", roughness=0.2, shadow=1)
    canvas.line([(352, 320, 0), (448, 320, 0)], (86, 70, 58), 3)
    canvas.line([(368, 338, 0), (432, 338, 0)], (150, 132, 116), 2)
    canvas.shape(oval(400, 364, 9, 9), colour, shade=0.6)


def mix_glass(colour: Colour) -> Colour:
    """Wax through tinted glass."""
    return lighter(colour, 0.22)


def cushion(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 486, 380, 18)
    outline: list[Point] = [(206, 112, 0), (300, 136), (400, 128), (500, 136), (594, 112, 0), (574, 210), (580, 300), (574, 400), (596, 492, 0),
                            (500, 474), (400, 482), (300, 474), (204, 492, 0), (226, 400), (220, 300), (226, 210)]  # fmt: skip
    canvas.shape(outline, colour, surface="linen", roughness=0.6, shade=1.5, shadow=6)
    for points in (
        [(214, 120), (270, 190), (300, 240)],
        [(586, 120), (530, 190), (506, 236)],
        [(212, 484), (276, 420), (310, 384)],
        [(588, 484), (524, 420), (496, 390)],
    ):
        for width in (22, 12):
            canvas.line(points, darker(colour, 0.4), width, opacity=0.06)
    canvas.stitches(
        [(228, 140), (240, 300), (228, 466)], darker(colour, 0.25) if brightness(colour) > 0.4 else lighter(colour, 0.3)
    )
    canvas.shape(oval(400, 280, 120, 90), lighter(colour, 0.6), shade=0, opacity=0.07)


def blanket(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 470, 460, 17)
    for place, (y, tone) in enumerate(((392, 0.10), (318, 0.04), (244, 0.0))):
        canvas.shape(
            [
                (196, y + 8),
                (210, y - 6, 0),
                (590, y - 6, 0),
                (606, y + 8),
                (608, y + 62),
                (592, y + 78, 0),
                (208, y + 78, 0),
                (194, y + 62),
            ],
            darker(colour, tone),
            surface="knit",
            roughness=0.6,
            shade=1.2,
            shadow=4,
        )
        for band in (0.30, 0.40):
            x = 196 + 412 * band
            canvas.line([(x, y - 4, 0), (x, y + 76, 0)], lighter(colour, 0.5), 9, opacity=0.5)
        if place < 2:
            canvas.line([(204, y - 4), (400, y), (596, y - 4)], darker(colour, 0.5), 4, opacity=0.4)
    canvas.shape(
        [(210, 240, 0), (590, 240, 0), (566, 206), (400, 200), (236, 206)],
        lighter(colour, 0.05),
        surface="knit",
        roughness=0.6,
        shade=1,
        shadow=2,
    )


def lamp(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 484, 220, 15)
    canvas.shape(oval(400, 330, 190, 150), (255, 232, 180), shade=0, opacity=0.12)
    canvas.shape(
        mirrored([(400, 452), (462, 456), (478, 478), (470, 490, 0), (400, 494)]),
        OAK,
        is_round=True,
        surface="wood",
        roughness=0.5,
        shade=0.5,
    )
    canvas.shape(block(391, 268, 18, 190, 4), darker(OAK, 0.1), is_round=True, shade=0.3)
    canvas.shape(
        mirrored([(400, 110), (440, 114), (512, 180), (532, 282, 0), (400, 296)]), colour, is_round=True, shade=0.8
    )
    canvas.shape(oval(400, 285, 131, 17), (255, 238, 196), shade=0.4)
    canvas.shape(oval(400, 286, 60, 9), (255, 250, 232), shade=0)
    canvas.shape(oval(400, 108, 12, 8), (206, 172, 104), shade=0.8, shadow=1)


def teapot(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 456, 340, 18)
    handle: list[Point] = [(288, 222), (300, 126), (400, 84), (500, 126), (512, 222)]
    canvas.line(handle, (92, 66, 46), 15)
    canvas.line([(x - 2, y - 3) for x, y in handle], (150, 112, 76), 8)
    canvas.shape(
        [(512, 318, 0), (556, 306), (584, 268), (596, 238, 0), (622, 232, 0), (618, 284), (586, 346), (512, 398, 0)],
        darker(colour, 0.1),
        shade=1.1,
        shadow=2,
    )
    canvas.shape(
        mirrored([(400, 214), (472, 222), (548, 300), (540, 390), (480, 450), (440, 458, 0), (400, 462)]),
        colour,
        is_round=True,
        shade=0.6,
    )
    _speckles(canvas, colour, 290, 270, 220, 160)
    canvas.shape(oval(400, 226, 92, 20), darker(colour, 0.2), shade=0.5)
    canvas.shape(
        mirrored([(400, 178), (440, 188), (484, 218), (480, 230), (400, 240)]),
        lighter(colour, 0.06),
        is_round=True,
        shade=0.5,
        shadow=1,
    )
    canvas.shape(oval(400, 170, 17, 14), (150, 112, 76), shade=1, shadow=2)
    for side in (-1, 1):
        canvas.shape(oval(400 + side * 112, 226, 13, 13), darker(colour, 0.15), shade=1, shadow=1)


def towel(canvas: Canvas, colour: Colour) -> None:
    for x, y, turn in ((262, 150, 0), (330, 190, 1)):
        ground = LINEN if turn else lighter(LINEN, 0.3)
        canvas.shape(block(x, y, 250, 290, 6), ground, surface="linen", roughness=0.6, shadow=8)
        for band in (26, 42, 58):
            canvas.line([(x + 3, y + band, 0), (x + 247, y + band, 0)], colour, 7, opacity=0.85)
            canvas.line([(x + 3, y + 290 - band, 0), (x + 247, y + 290 - band, 0)], colour, 7, opacity=0.85)
        canvas.line([(x + 125, y + 2, 0), (x + 125, y + 288, 0)], darker(ground, 0.4), 8, opacity=0.08)
        canvas.line([(x + 226, y - 16), (x + 236, y - 2), (x + 240, y + 6)], colour, 4)
