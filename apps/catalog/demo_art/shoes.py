"""Shoes, seen from the side, toes to the right."""

from .canvas import Canvas, Colour, Point, brightness, darker, lighter, oval

RUBBER = (240, 232, 216)
CORK = (196, 154, 108)


def _sole(canvas: Canvas, points: list[Point], colour: Colour, line: Colour | None = None) -> None:
    canvas.shape(points, colour, shade=0.8, shadow=2)
    if line:
        canvas.line([(point[0], point[1] + 10) for point in points[:5]], line, 2, opacity=0.6)


def sneaker(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(405, 442, 470, 15)
    _sneaker_upper(canvas, colour)
    _sneaker_caps(canvas, colour)
    _sneaker_laces(canvas, colour)
    _sneaker_sole(canvas, colour)


def _sneaker_upper(canvas: Canvas, colour: Colour) -> None:
    """The linen, the dark inside and the tongue."""
    upper: list[Point] = [(196, 402, 0), (188, 330), (196, 262), (222, 250), (262, 268), (306, 262), (352, 262, 0),
                          (416, 300), (484, 322), (552, 330), (602, 352), (622, 388), (620, 412, 0)]  # fmt: skip
    canvas.shape(upper, colour, surface="linen", roughness=0.35, shadow=3)
    inside: list[Point] = [
        (200, 264),
        (222, 250),
        (262, 268),
        (308, 262),
        (350, 262),
        (330, 280),
        (262, 292),
        (214, 282),
    ]
    canvas.shape(inside, darker(colour, 0.42), shade=0.6)
    canvas.shape(
        [(352, 262, 0), (338, 252), (318, 262), (330, 284), (402, 334), (432, 318)],
        lighter(colour, 0.10),
        surface="linen",
        roughness=0.3,
        shadow=2,
    )


def _sneaker_caps(canvas: Canvas, colour: Colour) -> None:
    """Toe and heel."""
    canvas.shape(
        [(528, 328), (560, 331), (603, 352), (623, 388), (621, 412, 0), (506, 412, 0), (508, 366)],
        lighter(colour, 0.14) if brightness(colour) < 0.85 else darker(colour, 0.06),
        shade=0.9,
        shadow=1.5,
    )
    canvas.shape(
        [(196, 300), (232, 310), (240, 402, 0), (196, 402, 0), (189, 340)],
        darker(colour, 0.12),
        surface="linen",
        roughness=0.3,
        shade=0.7,
    )


def _sneaker_laces(canvas: Canvas, colour: Colour) -> None:
    for step in range(5):
        x, y = 336 + step * 21, 276 + step * 13
        canvas.shape(oval(x + 6, y + 16, 4, 4), darker(colour, 0.5), shade=0)
        canvas.line([(x - 4, y - 6), (x + 10, y - 2), (x + 26, y + 2)], (250, 246, 238), 6)
        canvas.line([(x - 4, y - 3), (x + 10, y + 1), (x + 26, y + 5)], (190, 178, 160), 1.2, opacity=0.6)
    canvas.stitches(
        [(330, 292), (396, 342), (470, 372), (498, 404)],
        lighter(colour, 0.4) if brightness(colour) < 0.6 else darker(colour, 0.25),
    )


def _sneaker_sole(canvas: Canvas, colour: Colour) -> None:
    _sole(
        canvas,
        [
            (186, 398, 0),
            (300, 404),
            (420, 404),
            (540, 404),
            (626, 398, 0),
            (632, 424),
            (616, 442, 0),
            (196, 442, 0),
            (184, 424),
        ],
        RUBBER,
    )
    canvas.line(
        [(190, 414), (400, 420), (626, 414)], colour if brightness(colour) < 0.85 else (150, 140, 126), 3, opacity=0.85
    )


def loafer(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(405, 442, 470, 14)
    canvas.shape(
        [
            (196, 418, 0),
            (186, 352),
            (200, 306),
            (262, 318),
            (340, 330),
            (380, 318, 0),
            (440, 322),
            (530, 334),
            (596, 356),
            (620, 390),
            (622, 418, 0),
        ],
        colour,
        surface="grain",
        roughness=0.2,
        shadow=3,
    )
    canvas.shape(
        [(200, 308), (262, 318), (340, 330), (380, 318), (344, 344), (262, 338), (212, 326)],
        darker(colour, 0.5),
        shade=0.6,
    )
    canvas.shape(
        [(388, 316), (450, 316), (530, 329), (588, 350), (568, 372), (470, 364), (398, 350)],
        lighter(colour, 0.09),
        surface="grain",
        roughness=0.2,
        shadow=2,
    )
    canvas.shape(
        [(352, 318, 0), (400, 310, 0), (440, 378, 0), (430, 412, 0), (372, 412, 0)],
        darker(colour, 0.06),
        surface="grain",
        roughness=0.2,
        shadow=3,
    )
    canvas.shape([(384, 350), (414, 346), (420, 362), (392, 368)], darker(colour, 0.5), shade=0.4)
    canvas.stitches([(396, 356), (470, 370), (566, 379), (596, 358)], lighter(colour, 0.35))
    _sole(
        canvas,
        [(190, 414, 0), (400, 418), (628, 414, 0), (626, 430, 0), (292, 430, 0), (284, 444, 0), (194, 444, 0)],
        darker(colour, 0.6),
    )
    canvas.line([(192, 417, 0), (626, 417, 0)], lighter(colour, 0.3), 1.6, opacity=0.5)


def boot(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 478, 420, 14)
    canvas.shape(
        [
            (236, 452, 0),
            (232, 380),
            (244, 280),
            (248, 148, 0),
            (308, 138),
            (376, 148, 0),
            (384, 270),
            (410, 326),
            (480, 352),
            (556, 374),
            (588, 412),
            (590, 452, 0),
        ],
        colour,
        surface="grain",
        roughness=0.2,
        shadow=3,
    )
    canvas.shape(
        [(326, 150, 0), (372, 150, 0), (380, 250), (372, 300), (346, 318), (330, 290)],
        darker(colour, 0.38),
        surface="knit",
        roughness=0.8,
        shade=0.6,
    )
    for step in range(5):
        canvas.line(
            [(336 + step * 9, 156), (340 + step * 9, 240), (344 + step * 6, 300)],
            lighter(colour, 0.3),
            1.4,
            opacity=0.35,
        )
    canvas.shape(oval(312, 147, 62, 11), darker(colour, 0.55), shade=0.6)
    canvas.shape([(246, 158, 0), (244, 130), (254, 126), (264, 158, 0)], darker(colour, 0.1), shadow=1.5)
    canvas.stitches([(388, 300), (420, 350), (470, 404), (490, 448)], lighter(colour, 0.35))
    canvas.line([(300, 180), (296, 280), (310, 380)], lighter(colour, 0.8), 12, opacity=0.08)
    _sole(
        canvas,
        [(232, 448, 0), (420, 452), (590, 448, 0), (592, 464, 0), (330, 464, 0), (322, 484, 0), (234, 484, 0)],
        darker(colour, 0.62),
    )


def rainboot(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 492, 420, 14)
    canvas.shape(
        [
            (244, 466, 0),
            (240, 400),
            (254, 300),
            (252, 112, 0),
            (312, 104),
            (374, 112, 0),
            (382, 290),
            (416, 352),
            (490, 372),
            (560, 392),
            (592, 430),
            (592, 466, 0),
        ],
        colour,
        shade=1.5,
        shadow=3,
    )
    canvas.shape(oval(313, 112, 61, 10), (214, 200, 178), shade=0.7)
    canvas.shape(
        [(252, 112, 0), (312, 122), (374, 112, 0), (375, 140, 0), (312, 148), (252, 140, 0)],
        darker(colour, 0.16),
        shade=0.7,
    )
    canvas.line([(282, 160), (280, 280), (292, 400)], (255, 255, 250), 14, opacity=0.16)
    canvas.line([(446, 376), (506, 388), (552, 406)], (255, 255, 250), 10, opacity=0.2)
    canvas.shape([(242, 404), (300, 412), (306, 466, 0), (244, 466, 0)], darker(colour, 0.14), shade=0.7)
    _sole(
        canvas,
        [(238, 460, 0), (420, 464), (592, 460, 0), (594, 480, 0), (340, 480, 0), (332, 496, 0), (240, 496, 0)],
        RUBBER,
    )


def slipper(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(405, 442, 470, 14)
    canvas.shape(
        [
            (190, 414, 0),
            (186, 376),
            (214, 356),
            (300, 366),
            (348, 346, 0),
            (420, 318),
            (520, 326),
            (600, 366),
            (622, 414, 0),
        ],
        colour,
        surface="grain",
        roughness=0.75,
        shadow=3,
    )
    canvas.shape(
        [(204, 364), (300, 368), (350, 350), (372, 344), (352, 384), (286, 396), (214, 386)],
        darker(colour, 0.4),
        surface="grain",
        roughness=0.6,
        shade=0.7,
    )
    canvas.line([(350, 348), (372, 380), (368, 412)], darker(colour, 0.3), 3, opacity=0.5)
    canvas.stitches([(362, 350), (384, 380), (382, 412)], lighter(colour, 0.5))
    _sole(
        canvas,
        [(184, 408, 0), (400, 414), (628, 408, 0), (630, 430), (610, 442, 0), (200, 442, 0), (182, 428)],
        (206, 172, 122),
    )
    for step in range(28):
        x = 192 + step * 15.4
        canvas.line([(x, 414), (x + 9, 438)], (150, 116, 74), 2.4, opacity=0.45)


def sandal(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(405, 446, 480, 14)
    canvas.shape(
        [
            (180, 396),
            (200, 384),
            (320, 396),
            (430, 404),
            (560, 390),
            (630, 398),
            (628, 430),
            (600, 440, 0),
            (204, 440, 0),
            (182, 424),
        ],
        CORK,
        surface="grain",
        roughness=0.9,
        shadow=2,
    )
    canvas.shape(
        [(180, 396), (200, 382), (320, 392), (430, 400), (560, 386), (630, 396), (560, 404), (430, 414), (300, 408)],
        (222, 192, 150),
        shade=0.5,
        surface="grain",
        roughness=0.4,
    )
    _sandal_strap(canvas, colour, 250, 356, 324)
    _sandal_strap(canvas, colour, 430, 548, 336)
    canvas.shape([(184, 428, 0), (400, 434), (626, 428, 0), (624, 448, 0), (188, 448, 0)], (92, 70, 54), shade=0.5)


def _sandal_strap(canvas: Canvas, colour: Colour, x0: int, x1: int, top: int) -> None:
    """Over the foot from `x0` to `x1`, with its buckle."""
    canvas.shape(
        [
            (x0, 414, 0),
            (x0 + 8, 366),
            (x0 + 30, top + 6),
            (x0 + 50, top),
            (x1 - 40, top + 2),
            (x1 - 12, top + 16),
            (x1 + 10, 372),
            (x1 + 16, 414, 0),
        ],
        colour,
        surface="grain",
        roughness=0.25,
        shadow=3,
    )
    canvas.stitches([(x0 + 10, 404), (x0 + 18, 366), (x0 + 40, top + 12), (x1 - 40, top + 12)], lighter(colour, 0.45))
    canvas.shape([(x1 - 30, 340), (x1 - 6, 340), (x1 - 4, 366), (x1 - 30, 366)], (206, 178, 112), shade=1, shadow=1.5)
    canvas.shape([(x1 - 24, 346), (x1 - 11, 346), (x1 - 10, 360), (x1 - 24, 360)], darker(colour, 0.1), shade=0)
