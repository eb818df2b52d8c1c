"""Bags, pouches and a wallet."""

from .canvas import Canvas, Colour, Point, block, brightness, darker, lighter, mirrored, oval

BRASS = (206, 172, 104)
LEATHER = (150, 98, 60)


def _thread(colour: Colour) -> Colour:
    return lighter(colour, 0.4) if brightness(colour) < 0.6 else darker(colour, 0.25)


def tote(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 508, 380, 15)
    for offset, tone in ((-14, 0.22), (0, 0.06)):
        arch: list[Point] = [
            (322 + offset * 0.3, 232),
            (318, 150 + offset),
            (356, 84 + offset),
            (400, 74 + offset),
            (444, 84 + offset),
            (482, 150 + offset),
            (478, 232),
        ]
        canvas.line(arch, darker(colour, tone + 0.12), 17)
        canvas.line(arch, darker(colour, tone), 13)
    canvas.shape(
        mirrored([(400, 206), (556, 208, 0), (578, 480), (566, 508, 0), (400, 512)]),
        colour,
        surface="linen",
        roughness=0.5,
        shadow=5,
    )
    canvas.shape(
        mirrored([(400, 206), (556, 208, 0), (558, 234, 0), (400, 234)]),
        darker(colour, 0.05),
        surface="linen",
        shade=0.5,
    )
    canvas.stitches([(244, 236, 0), (556, 236, 0)], _thread(colour))
    for side in (-1, 1):
        canvas.shape(
            block(400 + side * 79 - 13, 206, 26, 56, 3), darker(colour, 0.1), surface="linen", shade=0.6, shadow=1.5
        )
        canvas.line([(400 + side * 79 - 8, 246, 0), (400 + side * 79 + 8, 258, 0)], _thread(colour), 1.4)
        canvas.line([(400 + side * 79 + 8, 246, 0), (400 + side * 79 - 8, 258, 0)], _thread(colour), 1.4)
    for points in ([(300, 300), (312, 380), (304, 470)], [(500, 320), (488, 400), (498, 480)]):
        for width in (18, 10):
            canvas.line(points, darker(colour, 0.4), width, opacity=0.05)
    canvas.shape(block(374, 410, 52, 34, 3), (232, 220, 198), shade=0.4, shadow=1)
    canvas.line([(384, 424, 0), (416, 424, 0)], (120, 100, 84), 2)
    canvas.line([(390, 432, 0), (410, 432, 0)], (120, 100, 84), 1.4)


def backpack(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 514, 330, 15)
    canvas.line([(378, 118), (380, 84), (400, 76), (420, 84), (422, 118)], darker(colour, 0.3), 11)
    canvas.shape(
        mirrored([(400, 104), (494, 112), (532, 200), (546, 460), (528, 512), (400, 518)]),
        colour,
        surface="linen",
        roughness=0.45,
        shadow=5,
    )
    canvas.shape(
        mirrored([(400, 96), (498, 100, 0), (504, 152), (400, 158)]),
        darker(colour, 0.08),
        surface="linen",
        roughness=0.45,
        shadow=4,
    )
    canvas.line([(304, 128), (400, 134), (496, 128)], darker(colour, 0.3), 2, opacity=0.5)
    for side in (-1, 1):
        canvas.line([(400 + side * 98, 140, 0), (400 + side * 132, 250, 0)], darker(LEATHER, 0.1), 9)
        canvas.shape(oval(400 + side * 132, 252, 8, 8), BRASS, shade=1, shadow=1.5)
        canvas.shape(
            [(400 + side * 138, 330), (400 + side * 166, 350), (400 + side * 168, 470), (400 + side * 142, 500)],
            darker(colour, 0.14),
            surface="linen",
            shadow=2,
        )
    canvas.shape(
        mirrored([(400, 318), (504, 322, 0), (510, 470), (498, 492), (400, 496)]),
        lighter(colour, 0.03),
        surface="linen",
        roughness=0.45,
        shadow=4,
    )
    canvas.line([(300, 346, 0), (500, 346, 0)], darker(colour, 0.45), 4)
    canvas.line([(300, 344, 0), (500, 344, 0)], BRASS, 1.4, opacity=0.7)
    canvas.shape(block(486, 346, 8, 30, 3), LEATHER, shade=0.8, shadow=2)
    canvas.shape(block(372, 400, 56, 34, 4), LEATHER, surface="grain", shade=0.8, shadow=1.5)
    canvas.stitches(
        [(376, 404, 0), (424, 404, 0), (424, 430, 0), (376, 430, 0), (376, 404, 0)], lighter(LEATHER, 0.5), gap=5
    )


def crossbody(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 456, 390, 14)
    strap: list[Point] = [(222, 296), (206, 180), (290, 92), (400, 74), (510, 92), (594, 180), (578, 296)]
    canvas.line(strap, darker(colour, 0.35), 13)
    canvas.line(strap, darker(colour, 0.08), 9)
    canvas.shape(
        mirrored([(400, 268), (540, 262), (592, 280), (584, 380), (500, 448), (400, 460)]),
        colour,
        surface="grain",
        roughness=0.25,
        shadow=5,
    )
    canvas.line([(216, 288), (400, 292), (584, 288)], darker(colour, 0.5), 6)
    canvas.line([(216, 286), (400, 290), (584, 286)], BRASS, 2.2)
    canvas.shape(block(552, 284, 9, 34, 3), darker(colour, 0.2), shade=0.8, shadow=2)
    canvas.stitches(
        [(226, 316), (250, 388), (320, 434), (400, 444), (480, 434), (550, 388), (574, 316)], _thread(colour)
    )
    for side in (-1, 1):
        canvas.shape(oval(400 + side * 180, 292, 11, 11), BRASS, shade=1, shadow=2)
        canvas.shape(oval(400 + side * 180, 292, 5, 5), darker(colour, 0.4), shade=0)
    canvas.line([(280, 330), (360, 350), (450, 346)], lighter(colour, 0.8), 20, opacity=0.05)


def weekender(canvas: Canvas, colour: Colour) -> None:
    canvas.ground_shadow(400, 478, 520, 16)
    for offset, tone in ((-12, 0.3), (0, 0)):
        arch: list[Point] = [
            (318, 300),
            (320, 196 + offset),
            (352, 138 + offset),
            (400, 128 + offset),
            (448, 138 + offset),
            (480, 196 + offset),
            (482, 300),
        ]
        canvas.line(arch, darker(LEATHER, 0.35 + tone), 16)
        canvas.line(arch, darker(LEATHER, tone), 12)
    canvas.shape(
        mirrored([(400, 226), (560, 230), (620, 268), (640, 400), (626, 474), (400, 482)]),
        colour,
        surface="linen",
        roughness=0.5,
        shadow=5,
    )
    canvas.shape(
        mirrored([(400, 418), (636, 416, 0), (630, 472), (612, 480, 0), (400, 486)]),
        LEATHER,
        surface="grain",
        roughness=0.3,
        shadow=2,
    )
    canvas.line([(206, 262), (400, 250), (594, 262)], darker(colour, 0.5), 5)
    canvas.line([(206, 260), (400, 248), (594, 260)], BRASS, 2)
    for side in (-1, 1):
        canvas.shape(
            block(400 + side * 82 - 12, 262, 24, 168, 2), LEATHER, surface="grain", roughness=0.3, shade=0.8, shadow=2
        )
        canvas.stitches([(400 + side * 82 - 8, 268, 0), (400 + side * 82 - 8, 424, 0)], lighter(LEATHER, 0.5))
        canvas.stitches([(400 + side * 82 + 8, 268, 0), (400 + side * 82 + 8, 424, 0)], lighter(LEATHER, 0.5))
        canvas.shape(oval(400 + side * 222, 300, 12, 12), BRASS, shade=1, shadow=2)
        canvas.shape(oval(400 + side * 222, 300, 6, 6), darker(colour, 0.4), shade=0)


def pouch(canvas: Canvas, colour: Colour) -> None:
    canvas.shape(block(190, 176, 420, 270, 22), colour, surface="linen", roughness=0.5, shadow=10)
    for step in range(1, 6):
        for points in ([(190 + step * 70, 186, 0), (190 + step * 70, 438, 0)],):
            canvas.line(points, darker(colour, 0.4), 5, opacity=0.07)
    for y in (256, 316, 376):
        canvas.line([(200, y, 0), (600, y, 0)], darker(colour, 0.4), 5, opacity=0.07)
    canvas.shape(block(196, 182, 408, 28, 8), darker(colour, 0.12), shade=0.5)
    canvas.line([(204, 196, 0), (596, 196, 0)], darker(colour, 0.5), 8)
    for step in range(56):
        canvas.line([(208 + step * 6.9, 192.5, 0), (208 + step * 6.9, 199.5, 0)], BRASS, 2.4)
    canvas.shape(oval(560, 197, 10, 7), BRASS, shade=1, shadow=2)
    canvas.shape(block(552, 202, 16, 46, 6), LEATHER, surface="grain", shade=0.9, shadow=3)
    canvas.stitches([(206, 222, 0), (594, 222, 0)], _thread(colour))


def wallet(canvas: Canvas, colour: Colour) -> None:
    for place, (tone, lift) in enumerate((((226, 214, 194), 0), ((156, 172, 144), 22), ((208, 158, 62), 44))):
        canvas.shape(block(268 + place * 4, 168 + lift, 256, 160, 10), tone, shade=0.6, shadow=3)
    canvas.shape(block(250, 240, 300, 206, 16), colour, surface="grain", roughness=0.3, shadow=10)
    canvas.shape(
        [(250, 300, 0), (338, 262), (462, 262), (550, 300, 0), (550, 430), (536, 446, 0), (264, 446, 0), (250, 430)],
        lighter(colour, 0.06),
        surface="grain",
        roughness=0.3,
        shadow=3,
    )
    canvas.stitches([(262, 308), (340, 274), (460, 274), (538, 308)], _thread(colour))
    canvas.stitches([(260, 260, 0), (260, 436, 0), (540, 436, 0), (540, 260, 0)], _thread(colour))
    canvas.shape(oval(400, 396, 15, 15), darker(colour, 0.16), shade=0.6)
    canvas.line([(392, 396, 0), (408, 396, 0)], lighter(colour, 0.3), 2)
