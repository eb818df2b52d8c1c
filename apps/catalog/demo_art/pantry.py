"""Tins, jars, bars and boxes from the tea shelf."""

from .canvas import Canvas, Colour, block, darker, lighter, mirrored, oval

PAPER = (246, 239, 225)
BRASS = (206, 172, 104)
LEAF = (112, 132, 92)


def _label(canvas: Canvas, colour: Colour, y: float, *, width: float = 150, height: float = 150) -> None:
    canvas.shape(
        block(400 - width / 2, y, width, height, 3), PAPER, shade=0.25, surface="grain", roughness=0.2, shadow=0.8
    )
    canvas.line([(400 - width * 0.42, y + 10, 0), (400 + width * 0.42, y + 10, 0)], colour, 2)
    canvas.line([(400 - width * 0.42, y + height - 10, 0), (400 + width * 0.42, y + height - 10, 0)], colour, 2)
    middle = y + height * 0.38
    canvas.line([(400, middle + 26), (401, middle), (398, middle - 22)], LEAF, 2.6)
    for side in (-1, 1):
        for lift in (0, 16):
            canvas.shape(
                [
                    (400, middle + 14 - lift, 0),
                    (400 + side * 12, middle - 2 - lift),
                    (400 + side * 28, middle - 8 - lift, 0),
                    (400 + side * 18, middle + 8 - lift),
                ],
                LEAF,
                shade=0.5,
            )
    canvas.line(
        [(400 - width * 0.28, y + height * 0.70, 0), (400 + width * 0.28, y + height * 0.70, 0)], (84, 68, 56), 4
    )
    canvas.line(
        [(400 - width * 0.18, y + height * 0.80, 0), (400 + width * 0.18, y + height * 0.80, 0)], (160, 142, 124), 2.4
    )


def tin(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 478, 240, 17)
    canvas.shape(
        mirrored([(400, 196), (506, 192, 0), (506, 466, 0), (480, 480), (400, 486)]), colour, is_round=True, shade=0.3
    )
    _label(canvas, colour, 268, width=158, height=160)
    canvas.shape(
        mirrored([(400, 138), (510, 132, 0), (510, 206), (400, 222)]),
        darker(colour, 0.12),
        is_round=True,
        shade=0.4,
        shadow=1.5,
    )
    canvas.shape(oval(400, 133, 110, 22), lighter(colour, 0.16), shade=0.8)
    canvas.shape(oval(400, 132, 92, 17), lighter(colour, 0.06), shade=0.6)
    canvas.line([(292, 204), (400, 220), (508, 204)], BRASS, 2.4, opacity=0.8)


def pouchbag(canvas: Canvas, colour: Colour) -> None:
    kraft = (200, 164, 120)
    canvas.ground_shadow(400, 482, 280, 16)
    canvas.shape(
        mirrored([(400, 122, 0), (506, 122, 0), (512, 160), (526, 300), (530, 470), (510, 486, 0), (400, 492)]),
        kraft,
        surface="grain",
        roughness=0.6,
        shade=1.2,
    )
    canvas.shape(
        mirrored([(400, 118, 0), (507, 118, 0), (508, 154, 0), (400, 154, 0)]),
        darker(kraft, 0.1),
        surface="grain",
        roughness=0.5,
        shade=0.6,
        shadow=1.5,
    )
    canvas.line([(294, 172, 0), (506, 172, 0)], darker(kraft, 0.4), 2, opacity=0.5)
    canvas.shape(oval(400, 136, 7, 7), darker(kraft, 0.6), shade=0)
    for points in ([(300, 200), (316, 300), (304, 440)], [(500, 210), (486, 320), (500, 450)]):
        for width in (20, 10):
            canvas.line(points, darker(kraft, 0.4), width, opacity=0.06)
    canvas.shape(block(306, 214, 188, 214, 4), colour, shade=0.3, surface="grain", roughness=0.2, shadow=1)
    _label(canvas, colour, 240, width=144, height=162)


def jar(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 474, 270, 17)
    canvas.shape(
        mirrored([(400, 208), (478, 206, 0), (512, 240), (516, 440), (494, 470), (400, 480)]),
        lighter(colour, 0.72),
        is_round=True,
        shade=0.8,
    )
    canvas.shape(
        mirrored([(400, 246), (496, 246), (502, 436), (484, 460), (400, 468)]), colour, is_round=True, shade=1.0
    )
    canvas.line([(318, 262), (312, 340), (316, 430)], (255, 255, 250), 9, opacity=0.35)
    _label(canvas, colour, 296, width=136, height=126)
    canvas.shape(
        mirrored([(400, 150), (482, 146, 0), (484, 208), (400, 222)]), BRASS, is_round=True, shade=0.4, shadow=1.5
    )
    canvas.shape(oval(400, 147, 82, 17), lighter(BRASS, 0.4), shade=0.8)
    for step in range(14):
        canvas.line([(322 + step * 12, 168, 0), (322 + step * 12, 208, 0)], darker(BRASS, 0.35), 1.4, opacity=0.3)


def chocolate(canvas: Canvas, colour: Colour) -> None:
    dark = (84, 52, 38)
    canvas.shape(block(372, 112, 196, 300, 5), dark, shade=0.8, shadow=9)
    for row in range(5):
        for column in range(3):
            canvas.shape(block(380 + column * 62, 120 + row * 58, 56, 52, 4), lighter(dark, 0.05), shade=1.3)
    canvas.shape([(366, 268, 0), (574, 252, 0), (574, 276, 0), (366, 292, 0)], (226, 218, 206), shade=0.6, shadow=3)
    canvas.shape(block(226, 150, 214, 348, 4), colour, surface="grain", roughness=0.25, shadow=9)
    canvas.shape(block(226, 150, 214, 22, 3), BRASS, shade=0.5)
    canvas.shape(block(256, 226, 154, 180, 3), PAPER, shade=0.25, surface="grain", roughness=0.2, shadow=1)
    canvas.shape(oval(333, 288, 38, 22), (150, 96, 60), shade=1)
    canvas.line([(300, 288), (333, 282), (366, 288)], darker((150, 96, 60), 0.4), 2.4)
    canvas.line([(286, 344, 0), (380, 344, 0)], (84, 68, 56), 4)
    canvas.line([(304, 362, 0), (362, 362, 0)], (160, 142, 124), 2.4)
    canvas.shape(block(500, 424, 56, 52, 4), lighter(dark, 0.05), shade=1.3, shadow=6)


def box(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 478, 400, 17)
    canvas.shape(
        [(206, 262, 0), (594, 262, 0), (594, 476, 0), (206, 476, 0)], colour, surface="grain", roughness=0.25, shade=0.8
    )
    canvas.shape(
        [(206, 262, 0), (250, 196, 0), (550, 196, 0), (594, 262, 0)],
        lighter(colour, 0.2),
        surface="grain",
        roughness=0.25,
        shade=0.5,
    )
    canvas.shape(
        [(198, 254, 0), (602, 254, 0), (602, 318, 0), (198, 318, 0)],
        darker(colour, 0.06),
        surface="grain",
        roughness=0.25,
        shade=0.7,
        shadow=2,
    )
    canvas.shape(
        [(380, 196, 0), (420, 196, 0), (424, 254, 0), (424, 476, 0), (376, 476, 0), (376, 254, 0)],
        BRASS,
        shade=0.6,
        surface="linen",
        roughness=0.3,
    )
    for side in (-1, 1):
        loop = [
            (400, 214, 0),
            (400 + side * 40, 156),
            (400 + side * 88, 150),
            (400 + side * 84, 190),
            (400 + side * 34, 214),
        ]
        canvas.shape(loop, lighter(BRASS, 0.1), shade=1.3, surface="linen", roughness=0.3, shadow=3)
        canvas.shape(
            [(400 + side * 24, 202, 0), (400 + side * 50, 170), (400 + side * 74, 166), (400 + side * 70, 186)],
            darker(BRASS, 0.35),
            shade=0.5,
        )
    canvas.shape(oval(400, 212, 17, 15), BRASS, shade=1.3, shadow=2)
    canvas.shape(block(466, 356, 96, 70, 3), PAPER, shade=0.25, surface="grain", roughness=0.2, shadow=1)
    canvas.line([(482, 382, 0), (546, 382, 0)], (84, 68, 56), 3.4)
    canvas.line([(492, 400, 0), (536, 400, 0)], (160, 142, 124), 2.2)
