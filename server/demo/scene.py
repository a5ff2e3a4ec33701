"""What the demo's cameras look at: a bus's high-voltage junction box, and an engineer's desk."""

from server.demo.canvas import Canvas, Colour

ORANGE: Colour = (1.0, 0.5, 0.08)
ORANGE_DARK: Colour = (0.78, 0.34, 0.04)
COPPER: Colour = (0.8, 0.48, 0.28)
STEEL: Colour = (0.6, 0.63, 0.67)
STEEL_DARK: Colour = (0.32, 0.34, 0.37)
BLACK: Colour = (0.08, 0.085, 0.095)
WHITE: Colour = (0.9, 0.91, 0.92)
YELLOW: Colour = (0.97, 0.79, 0.1)
RED: Colour = (0.78, 0.12, 0.13)

MARGIN = 24  # what the camera's motion may show beyond the picture's edges, in pixels
PLUG_AT = (966, 196)  # the service plug's upper left corner in the scene
LCD_AT = (1010, 508)  # the meter's display, width and height
LCD_SIZE = (148, 62)


def junction_box() -> Canvas:
    """The opened junction box of an electric bus, 1280 by 720 pixels and a margin around it."""
    scene = Canvas(1280 + 2 * MARGIN, 720 + 2 * MARGIN, (0.2, 0.215, 0.235))
    _bay(scene)
    _housing(scene)
    _busbars(scene)
    _contactor(scene, 330, 216, "K1")
    _contactor(scene, 520, 216, "K2")
    _fuse(scene)
    _plate(scene)
    _socket(scene)
    scene.grain(0.02, seed=7)
    _meter(scene)
    scene.light(600, 330, 900, bright=1.12, dark=0.26)
    return scene


def _bay(scene: Canvas) -> None:
    for x in range(-10, scene.width, 96):
        scene.rect(x, 0, 60, scene.height, (0.24, 0.255, 0.275), (0.17, 0.18, 0.2), 8)
    for y in (250, 330):
        scene.curve([(-40, y - 120), (60, y - 60), (90, y), (260, y)], 46, ORANGE_DARK)
        scene.curve([(-40, y - 126), (60, y - 66), (90, y - 8), (260, y - 8)], 24, ORANGE)


def _housing(scene: Canvas) -> None:
    scene.rect(208, 66, 940, 612, (0.05, 0.055, 0.06), radius=30)
    scene.rect(200, 56, 940, 612, (0.66, 0.69, 0.72), (0.4, 0.42, 0.46), 28)
    scene.rect(212, 66, 916, 590, (0.55, 0.58, 0.62), (0.34, 0.36, 0.4), 22)
    scene.rect(254, 108, 832, 506, (0.1, 0.105, 0.115), radius=18)
    scene.rect(262, 116, 816, 490, (0.24, 0.26, 0.285), (0.19, 0.205, 0.225), 14)
    for x in (234, 452, 670, 888, 1106):
        scene.bolt(x, 87, 13)
        scene.bolt(x, 636, 13)
    for y in (270, 452):
        scene.bolt(234, y, 13)
        scene.bolt(1106, y, 13)
    for y in (250, 330):
        scene.rect(196, y - 38, 74, 76, (0.15, 0.16, 0.18), (0.09, 0.1, 0.11), 12)
        scene.rect(212, y - 30, 12, 60, STEEL_DARK, radius=4)


def _busbars(scene: Canvas) -> None:
    for y, sign in ((452, "+"), (520, "-")):
        scene.rect(300, y + 8, 620, 34, (0.09, 0.09, 0.1), radius=4)
        scene.rect(300, y, 620, 34, (0.93, 0.62, 0.4), (0.62, 0.34, 0.18), 4)
        scene.rect(306, y + 4, 608, 5, (0.99, 0.78, 0.6), radius=2)
        for x in (340, 600, 880):
            scene.bolt(x, y + 17, 12)
        scene.disc(278, y + 17, 13, RED if sign == "+" else (0.1, 0.25, 0.6))
        scene.letter(sign, 271, y + 6.5, 21, WHITE)


def _contactor(scene: Canvas, x: float, y: float, name: str) -> None:
    for way in (x + 44, x + 116):
        scene.line([(way, y + 130), (way, 468)], 30, ORANGE_DARK)
        scene.line([(way - 3, y + 130), (way - 3, 466)], 18, ORANGE)
        scene.rect(way - 18, 444, 36, 34, COPPER, radius=8)
        scene.bolt(way, 466, 11)
    scene.rect(x + 6, y + 8, 160, 150, (0.06, 0.065, 0.07), radius=12)
    scene.rect(x, y, 160, 150, (0.17, 0.175, 0.185), (0.1, 0.105, 0.11), 12)
    scene.rect(x + 12, y + 86, 136, 50, (0.83, 0.84, 0.82), radius=4)
    scene.letter(name, x + 26, y + 96, 30, BLACK)
    scene.rect(x + 98, y + 98, 40, 8, (0.5, 0.5, 0.5))
    scene.rect(x + 98, y + 114, 28, 8, (0.5, 0.5, 0.5))
    for way in (x + 44, x + 116):
        scene.rect(way - 26, y + 14, 52, 54, (0.24, 0.25, 0.265), radius=8)
        scene.rect(way - 18, y + 22, 36, 36, COPPER, (0.55, 0.3, 0.16), 6)
        scene.bolt(way, y + 40, 13)


def _fuse(scene: Canvas) -> None:
    scene.rect(716, 250, 190, 70, (0.08, 0.085, 0.09), radius=10)
    for x in (706, 866):
        scene.rect(x, 256, 44, 44, COPPER, (0.55, 0.3, 0.16), 5)
    scene.bolt(722, 278, 10)
    scene.bolt(894, 278, 10)
    scene.rect(740, 240, 136, 76, (0.93, 0.92, 0.87), (0.66, 0.65, 0.6), 12)
    scene.rect(740, 240, 18, 76, STEEL, STEEL_DARK, 6)
    scene.rect(858, 240, 18, 76, STEEL, STEEL_DARK, 6)
    scene.letter("F1", 778, 250, 22, BLACK)
    scene.letter("400 A", 766, 284, 17, RED)
    scene.line([(884, 300), (884, 470)], 26, ORANGE_DARK)
    scene.line([(881, 300), (881, 468)], 15, ORANGE)
    scene.bolt(884, 468, 11)


def _plate(scene: Canvas) -> None:
    scene.rect(330, 136, 350, 62, (0.05, 0.05, 0.05), radius=6)
    scene.rect(332, 138, 346, 58, YELLOW, (0.86, 0.66, 0.06), 5)
    scene.polygon([(366, 144), (394, 190), (338, 190)], BLACK)
    scene.polygon([(366, 152), (387, 186), (345, 186)], YELLOW)
    scene.line([(369, 158), (362, 171), (370, 171), (364, 182)], 4, BLACK)
    scene.letter("DANGER 650 V DC", 412, 147, 18, BLACK)
    scene.rect(412, 176, 240, 4, BLACK)
    scene.rect(412, 184, 200, 4, BLACK)


def _socket(scene: Canvas) -> None:
    """Where the service plug sits: two contacts at the bottom of an orange collar."""
    x, y = PLUG_AT
    scene.rect(x - 14, y - 10, 124, 204, (0.07, 0.075, 0.08), radius=16)
    scene.rect(x - 12, y - 14, 120, 200, ORANGE, ORANGE_DARK, 16)
    scene.rect(x + 4, y + 2, 88, 168, (0.06, 0.06, 0.065), (0.12, 0.12, 0.125), 10)
    for way in (y + 50, y + 122):
        scene.disc(x + 48, way, 26, (0.17, 0.175, 0.18))
        scene.disc(x + 48, way, 15, (0.03, 0.03, 0.03))
        scene.disc(x + 48, way, 7, COPPER)
    scene.rect(x + 6, y - 52, 84, 28, WHITE, radius=4)
    scene.letter("MSD", x + 16, y - 46, 16, RED)


def _meter(scene: Canvas) -> None:
    """A multimeter hung at the box; its display is drawn by the picture."""
    x, y = LCD_AT
    scene.curve([(x + 40, y + 190), (940, 720), (700, 690), (606, 474)], 7, RED)
    scene.curve([(x + 90, y + 200), (960, 760), (560, 740), (604, 540)], 7, BLACK)
    scene.line([(606, 474), (592, 440)], 15, RED)
    scene.line([(604, 540), (626, 574)], 15, BLACK)
    scene.rect(x - 30, y - 26, 220, 330, (0.05, 0.05, 0.055), radius=26)
    scene.rect(x - 38, y - 34, 220, 330, YELLOW, (0.72, 0.54, 0.05), 26)
    scene.rect(x - 22, y - 18, 188, 300, (0.16, 0.165, 0.175), (0.1, 0.1, 0.11), 16)
    scene.rect(x - 6, y - 8, LCD_SIZE[0] + 12, LCD_SIZE[1] + 16, BLACK, radius=8)
    scene.rect(x, y, *LCD_SIZE, (0.72, 0.78, 0.68), radius=3)
    scene.disc(x + 72, y + 138, 46, BLACK)
    scene.disc(x + 72, y + 136, 38, STEEL_DARK)
    scene.line([(x + 72, y + 136), (x + 50, y + 112)], 9, WHITE)
    scene.letter("V DC", x + 2, y + 80, 14, WHITE)


def service_plug() -> Canvas:
    """The service plug alone, on nothing."""
    plug = Canvas(96, 174)
    plug.rect(3, 3, 90, 168, (0.95, 0.44, 0.05), (0.72, 0.3, 0.02), 12)
    plug.rect(9, 8, 78, 158, ORANGE, (0.86, 0.39, 0.04), 9)
    plug.rect(20, 28, 56, 118, (0.24, 0.25, 0.26), (0.12, 0.12, 0.13), 12)
    plug.rect(26, 34, 44, 30, (0.34, 0.35, 0.37), radius=8)
    plug.line([(36, 88), (60, 88)], 5, STEEL)
    plug.line([(36, 104), (60, 104)], 5, STEEL)
    plug.line([(36, 120), (60, 120)], 5, STEEL)
    return plug


def gloved_hand() -> Canvas:
    """A hand in an insulating glove, reaching in from the right, on nothing."""
    hand = Canvas(420, 250)
    shade, glove, shine = (0.5, 0.07, 0.05), (0.8, 0.16, 0.1), (0.92, 0.32, 0.22)
    hand.line([(150, 130), (410, 190)], 150, shade)
    hand.line([(150, 124), (414, 182)], 140, glove)
    hand.rect(318, 70, 14, 180, shade, radius=6)
    for x, y, reach in ((40, 70, 150), (26, 106, 150), (30, 142, 150), (48, 176, 160)):
        hand.line([(x, y + 3), (reach, y + 4)], 40, shade)
        hand.line([(x, y), (reach, y)], 34, glove)
        hand.line([(x + 4, y - 8), (reach - 30, y - 8)], 7, shine)
    hand.line([(110, 214), (180, 190)], 40, shade)
    hand.line([(106, 208), (180, 186)], 34, glove)
    hand.line([(170, 80), (300, 112)], 14, shine)
    return hand


def desk() -> Canvas:
    """An engineer's desk at night, 320 by 240 pixels, nobody there."""
    scene = Canvas(320, 240, (0.15, 0.18, 0.22))
    scene.rect(0, 0, 320, 190, (0.2, 0.24, 0.29), (0.13, 0.15, 0.19))
    scene.rect(14, 16, 92, 92, (0.05, 0.06, 0.08), radius=3)
    scene.rect(18, 20, 84, 84, (0.04, 0.07, 0.16), (0.1, 0.13, 0.24))
    for x, y in ((26, 66), (38, 84), (54, 72), (66, 90), (84, 62), (90, 82), (46, 58)):
        scene.rect(x, y, 4, 6, YELLOW)
    scene.line([(60, 20), (60, 104)], 3, (0.05, 0.06, 0.08))
    scene.rect(0, 188, 320, 60, (0.36, 0.25, 0.16), (0.22, 0.15, 0.1))
    scene.rect(248, 186, 44, 7, BLACK, radius=3)
    scene.line([(270, 186), (292, 120), (262, 74)], 5, STEEL_DARK)
    scene.polygon([(252, 62), (276, 70), (288, 98), (232, 88)], STEEL)
    scene.line([(236, 90), (285, 99)], 5, (1.0, 0.95, 0.75))
    scene.light(262, 120, 300, bright=1.5, dark=0.75)
    return scene


def engineer() -> Canvas:
    """Head and shoulders with a headset, on nothing."""
    person = Canvas(150, 214)
    person.rect(20, 116, 110, 120, (0.12, 0.31, 0.47), (0.08, 0.2, 0.32), 40)
    person.rect(4, 134, 142, 120, (0.12, 0.31, 0.47), (0.08, 0.2, 0.32), 42)
    person.polygon([(62, 100), (88, 100), (96, 118), (75, 146), (54, 118)], (0.6, 0.43, 0.34))
    person.line([(54, 118), (75, 147), (96, 118)], 5, (0.06, 0.17, 0.28))
    person.line([(75, 147), (75, 214)], 3, (0.06, 0.17, 0.28))
    person.rect(46, 20, 58, 80, (0.1, 0.08, 0.07), radius=28)
    person.rect(50, 34, 50, 72, (0.76, 0.57, 0.46), (0.66, 0.47, 0.37), 24)
    person.line([(54, 42), (66, 32), (86, 34), (97, 44)], 12, (0.1, 0.08, 0.07))
    for x in (65, 86):
        person.disc(x, 64, 3, (0.1, 0.08, 0.08))
        person.line([(x - 5, 56), (x + 5, 55)], 2, (0.16, 0.11, 0.09))
    person.line([(75, 66), (73, 78), (77, 79)], 2, (0.56, 0.38, 0.3))
    person.curve([(46, 62), (42, 4), (108, 4), (104, 62)], 5, BLACK)
    person.rect(40, 52, 13, 28, (0.2, 0.21, 0.23), radius=6)
    person.rect(98, 52, 13, 28, (0.2, 0.21, 0.23), radius=6)
    person.curve([(46, 78), (48, 100), (58, 98), (66, 97)], 3, BLACK)
    return person
