"""Shirts, knitwear, scarf and hat, laid flat."""

from .canvas import Canvas, Colour, Point, block, brightness, darker, lighter, mirrored, oval


def _seam(colour: Colour) -> Colour:
    return darker(colour, 0.28) if brightness(colour) > 0.3 else lighter(colour, 0.22)


def _sleeve(*, is_long: bool, side: int, width: float = 1.0) -> list[Point]:
    """A sleeve falling from the shoulder; `side` -1 left, 1 right."""
    if is_long:
        right = [
            (500, 128),
            (548, 165),
            (590, 290),
            (622, 418),
            (612, 432, 0),
            (560, 446, 0),
            (548, 432),
            (524, 322),
            (500, 240),
        ]
    else:
        right = [(500, 128), (545, 160), (592, 232), (594, 250, 0), (528, 290, 0), (516, 268), (500, 240)]
    return [(400 + side * (point[0] - 400) * width, *point[1:]) for point in right]


def _body(hem: float = 500, flare: float = 0) -> list[Point]:
    return mirrored(
        [
            (448, 98, 0),
            (478, 108),
            (512, 132),
            (522, 190),
            (518, 300),
            (521 + flare, hem - 8, 0),
            (512 + flare, hem, 0),
            (400, hem + 6),
        ]
    )


def _plain_top(
    canvas: Canvas, colour: Colour, *, is_long: bool, surface: str, roughness: float, hem: float = 492
) -> None:
    for side in (-1, 1):
        canvas.shape(_sleeve(is_long=is_long, side=side), colour, surface=surface, roughness=roughness, shadow=9)
    canvas.shape(_body(hem), colour, surface=surface, roughness=roughness, shadow=7)
    for side in (-1, 1):
        canvas.line(
            [(400 + side * 108, 140), (400 + side * 116, 200), (400 + side * 114, 260)],
            darker(colour, 0.35),
            1.6,
            opacity=0.5,
        )


def _folds(canvas: Canvas, colour: Colour) -> None:
    for points in (
        [(340, 300), (352, 380), (344, 470)],
        [(462, 330), (452, 400), (458, 476)],
        [(430, 250), (424, 290), (428, 330)],
    ):
        for width in (16, 10, 5):
            canvas.line(points, darker(colour, 0.4), width, opacity=0.035)


def _neck(canvas: Canvas, colour: Colour, *, depth: float, band: float) -> None:
    inside = [*oval(400, 98, 50, 20, 180, 360), *reversed(oval(400, 98, 50, -depth * 0.35, 180, 360))]
    canvas.shape(inside, darker(colour, 0.45), shade=0.5)
    canvas.shape(
        [*oval(400, 96, 52, depth, 0, 180), *reversed(oval(400, 96, 52 - band, depth - band, 0, 180))],
        darker(colour, 0.06), shade=0.6, surface="knit", roughness=0.35, shadow=1.5,
    )  # fmt: skip


def tee(canvas: Canvas, colour: Colour) -> None:
    _plain_top(canvas, colour, is_long=False, surface="grain", roughness=0.3)
    _folds(canvas, colour)
    _neck(canvas, colour, depth=34, band=10)
    canvas.stitches([(294, 484, 0), (400, 490), (506, 484, 0)], _seam(colour))


def striped_tee(canvas: Canvas, colour: Colour) -> None:
    ground = (242, 236, 224)
    _plain_top(canvas, ground, is_long=True, surface="grain", roughness=0.3)
    for y in range(190, 484, 22):
        canvas.line([(281 if y > 200 else 284, y, 0), (519 if y > 200 else 516, y, 0)], colour, 7, opacity=0.94)
        for side in (-1, 1):
            along = (y - 190) / 294
            if y < 430:
                inner, outer = 112 + along * 40, 152 + along * 76
                canvas.line(
                    [(400 + side * inner, y + 12, 0), (400 + side * (outer + 2), y - 6, 0)], colour, 7, opacity=0.94
                )
    _folds(canvas, ground)
    _neck(canvas, ground, depth=24, band=8)


def shirt(canvas: Canvas, colour: Colour) -> None:
    for side in (-1, 1):
        canvas.shape(_sleeve(is_long=True, side=side), colour, surface="linen", shadow=9)
        cuff = [(400 + side * (x - 400), y, 0) for x, y in ((616, 398), (626, 430), (560, 448), (552, 415))]
        canvas.shape(cuff, darker(colour, 0.05), surface="linen", shadow=1)
    canvas.shape(_body(508, 4), colour, surface="linen", shadow=7)
    _folds(canvas, colour)
    for side in (-1, 1):
        canvas.line(
            [(400 + side * 108, 140), (400 + side * 116, 200), (400 + side * 113, 262)],
            darker(colour, 0.35),
            1.6,
            opacity=0.5,
        )
    canvas.shape([*oval(400, 104, 46, 18, 180, 360), (446, 112, 0), (354, 112, 0)], darker(colour, 0.4), shade=0.4)
    canvas.shape(
        [(386, 128, 0), (414, 128, 0), (415, 512, 0), (385, 512, 0)],
        lighter(colour, 0.05),
        surface="linen",
        shade=0.5,
        shadow=1,
    )
    for y in range(168, 480, 58):
        canvas.shape(oval(400, y, 5, 5), (236, 228, 214), shade=0.5, shadow=1)
        canvas.shape(oval(400, y, 1.2, 1.2), darker(colour, 0.5), shade=0)
    for side in (-1, 1):
        collar = [
            (400 + side * 44, 88, 0),
            (400 + side * 66, 108),
            (400 + side * 62, 152, 0),
            (400 + side * 10, 128, 0),
            (400 + side * 34, 104),
        ]
        canvas.shape(collar, lighter(colour, 0.07), surface="linen", shadow=3)
    canvas.shape(
        [(440, 208, 0), (492, 208, 0), (492, 258, 0), (466, 270, 0), (440, 258, 0)],
        lighter(colour, 0.02),
        surface="linen",
        shade=0.7,
        shadow=1.2,
    )
    canvas.stitches([(440, 216, 0), (492, 216, 0)], _seam(colour), gap=5)


def _ribs(canvas: Canvas, colour: Colour, x0: float, x1: float, y0: float, y1: float, step: float = 9) -> None:
    x = x0
    while x <= x1:
        canvas.line([(x, y0, 0), (x, y1, 0)], darker(colour, 0.4), 2, opacity=0.32)
        canvas.line([(x + 3, y0, 0), (x + 3, y1, 0)], lighter(colour, 0.6), 2, opacity=0.22)
        x += step


def _knit_cuffs(canvas: Canvas, colour: Colour) -> None:
    for side in (-1, 1):
        cuff = [(400 + side * (x - 400), y, 0) for x, y in ((612, 392), (626, 430), (562, 450), (552, 410))]
        canvas.shape(cuff, darker(colour, 0.05), surface="knit", shadow=1)
        for step in range(7):
            x, y = 560 + step * 9.4, 446 - step * 3
            canvas.line(
                [(400 + side * (x - 400), y, 0), (400 + side * (x - 410), y - 34, 0)],
                darker(colour, 0.4),
                1.8,
                opacity=0.3,
            )


def jumper(canvas: Canvas, colour: Colour) -> None:
    _plain_top(canvas, colour, is_long=True, surface="knit", roughness=0.6, hem=486)
    _knit_cuffs(canvas, colour)
    canvas.shape(
        [(284, 456), (400, 462), (516, 456), (514, 496, 0), (400, 502), (286, 496, 0)],
        darker(colour, 0.04),
        surface="knit",
        shade=0.7,
        shadow=1.5,
    )
    _ribs(canvas, colour, 290, 510, 464, 494)
    _folds(canvas, colour)
    _neck(canvas, colour, depth=32, band=15)


def rollneck(canvas: Canvas, colour: Colour) -> None:
    _plain_top(canvas, colour, is_long=True, surface="knit", roughness=0.35, hem=486)
    _knit_cuffs(canvas, colour)
    canvas.shape(
        [(284, 460), (400, 466), (516, 460), (514, 494, 0), (400, 500), (286, 494, 0)],
        darker(colour, 0.04),
        surface="knit",
        shade=0.7,
        shadow=1.5,
    )
    _ribs(canvas, colour, 290, 510, 466, 492, 7)
    _folds(canvas, colour)
    canvas.shape(
        [(350, 62), (400, 54), (450, 62), (456, 112), (400, 130), (344, 112)],
        lighter(colour, 0.03),
        surface="knit",
        roughness=0.35,
        shadow=3,
    )
    _ribs(canvas, colour, 354, 446, 66, 114, 8)
    canvas.shape(oval(400, 62, 44, 9), darker(colour, 0.4), shade=0.4)


def cardigan(canvas: Canvas, colour: Colour) -> None:
    _plain_top(canvas, colour, is_long=True, surface="knit", roughness=0.7, hem=496)
    _knit_cuffs(canvas, colour)
    canvas.shape([(360, 92, 0), (440, 92, 0), (412, 258, 0), (388, 258, 0)], darker(colour, 0.45), shade=0.5)
    canvas.shape(
        [(368, 104, 0), (432, 104, 0), (408, 236, 0), (392, 236, 0)],
        (238, 231, 219),
        shade=0.4,
        surface="grain",
        roughness=0.3,
    )
    for side in (-1, 1):
        band = [(400 + side * x, y, 0) for x, y in ((36, 86), (58, 98), (16, 266), (15, 500), (-4, 502), (-4, 262))]
        canvas.shape(band, lighter(colour, 0.05), surface="knit", shade=0.7, shadow=2)
        pocket = block(400 + side * 72 - 34, 374, 68, 74, 6)
        canvas.shape(pocket, lighter(colour, 0.02), surface="knit", shade=0.8, shadow=1.6)
        canvas.line(
            [(400 + side * 72 - 32, 386, 0), (400 + side * 72 + 32, 386, 0)], darker(colour, 0.4), 2, opacity=0.4
        )
    for y in range(286, 490, 46):
        canvas.shape(oval(402, y, 8, 8), (96, 66, 44), shade=1, shadow=1.5)
        canvas.shape(oval(402, y, 3.4, 3.4), (70, 46, 30), shade=0)


def scarf(canvas: Canvas, colour: Colour) -> None:
    for x, top, slant in ((330, 190, -26), (432, 190, 20)):
        tail = [(x, top), (x + 78, top), (x + 82 + slant, 470, 0), (x - 2 + slant, 478, 0)]
        canvas.shape(tail, darker(colour, 0.05), surface="knit", roughness=0.5, shadow=9)
        for band in (404, 424):
            shift = slant * (band - 190) / 284
            canvas.line([(x + shift + 2, band + 3, 0), (x + 80 + shift, band, 0)], lighter(colour, 0.5), 6, opacity=0.7)
        for step in range(14):
            fx = x + slant + step * 6.2
            canvas.line([(fx, 474), (fx + (step % 3 - 1) * 2, 505)], darker(colour, 0.08), 3)
    loop = [(268, 170), (320, 96), (400, 78), (480, 96), (534, 172), (500, 246), (400, 270), (300, 246)]
    canvas.shape(loop, colour, surface="knit", roughness=0.5, shadow=8)
    canvas.shape(
        [(322, 172), (360, 136), (400, 128), (442, 136), (478, 174), (440, 200), (400, 208), (356, 200)],
        darker(colour, 0.42),
        shade=0.6,
    )
    for points in (
        [(286, 190), (330, 236), (400, 250), (470, 236), (516, 190)],
        [(300, 150), (340, 108), (400, 96), (460, 108), (502, 150)],
    ):
        canvas.line(points, darker(colour, 0.4), 4, opacity=0.25)


def beanie(canvas: Canvas, colour: Colour) -> None:
    canvas.shape(
        mirrored([(400, 118), (474, 138), (536, 226), (552, 384, 0), (400, 396)]),
        colour,
        surface="knit",
        roughness=0.6,
        shadow=9,
    )
    for step in range(-6, 7):
        bottom = 400 + step * 23
        canvas.line(
            [(400 + step * 4, 124), (400 + step * 19, 240), (bottom, 384)], darker(colour, 0.4), 2.6, opacity=0.26
        )
    canvas.shape(
        mirrored([(400, 350), (520, 344), (562, 346, 0), (566, 440), (556, 452), (400, 464)]),
        lighter(colour, 0.04),
        surface="knit",
        roughness=0.6,
        shadow=5,
    )
    for step in range(-8, 9):
        canvas.line([(400 + step * 19, 356), (400 + step * 19.4, 454)], darker(colour, 0.4), 3, opacity=0.28)
        canvas.line([(404 + step * 19, 356), (404 + step * 19.4, 454)], lighter(colour, 0.6), 2.4, opacity=0.18)
    canvas.shape(block(482, 386, 44, 28, 3), (232, 220, 198), shade=0.4, shadow=1.5)
    canvas.line([(492, 400, 0), (516, 400, 0)], darker(colour, 0.3), 2)
