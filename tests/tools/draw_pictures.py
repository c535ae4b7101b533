"""Draws the product pictures of the demo's catalogue: SVG of our own, photographed by Chromium, kept as WebP.

Run by hand when a drawing changes (needs Playwright and Chromium, never needed to run the product):

    python tests/tools/draw_pictures.py [folder of the pictures] [name …]
"""

import io
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright
from scene import BLUE, OLIVE, PLUM, ROSE, SAGE, SIDE, TERRACOTTA, Palette, scene, shade

MOST_BYTES = 40 * 1024
FOLDER = Path(__file__).parents[2] / "node" / "demo" / "catalogue"
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
DRAWINGS: dict[str, tuple[Callable[[Palette], str], Palette]] = {}


def drawn(palette: Palette) -> Callable:
    """Draw a picture of the function's name in these colours."""

    def keep(draw: Callable[[Palette], str]) -> Callable[[Palette], str]:
        DRAWINGS[draw.__name__.replace("_", "-")] = draw, palette
        return draw

    return keep


@drawn(TERRACOTTA)
def mug(p):
    return f'{shade(420, 655, 270)}<path d="M520 360q150-20 150 110t-150 110" fill="none" stroke="url(#deep)" stroke-width="42"/><path d="M230 300h320v260q0 90-90 90H320q-90 0-90-90z" fill="url(#round)"/><ellipse cx="390" cy="300" rx="160" ry="44" fill="{p.dark}"/><ellipse cx="390" cy="304" rx="142" ry="35" fill="#3a2418"/><path d="M290 300q50-24 110-8" stroke="#8a5a3c" stroke-width="7" fill="none" opacity=".7"/><path d="M230 470h320v34H230z" fill="{p.cream}" opacity=".85"/><path d="M350 240q-30-40 0-80t0-80M430 240q-30-40 0-80t0-80" stroke="#fff" stroke-width="12" fill="none" opacity=".35" stroke-linecap="round"/>'


@drawn(PLUM)
def vase(p):
    stems = "".join(
        f'<g transform="rotate({turn} 400 330)"><path d="M400 330V{top}" stroke="{p.dark}" stroke-width="6"/>'
        + "".join(
            f'<ellipse cx="{400 + side * 26}" cy="{y}" rx="26" ry="12" fill="{p.light if i % 2 else p.main}" transform="rotate({side * -32} {400 + side * 26} {y})"/>'
            for i, y in enumerate(range(top + 6, 310, 36))
            for side in (-1, 1)
        )
        + "</g>"
        for turn, top in ((-20, 95), (3, 50), (24, 115))
    )
    return f'{shade(410, 665, 230)}{stems}<path d="M352 300h96q4 60 58 120 46 60 20 150-20 80-74 90H348q-54-10-74-90-26-90 20-150 54-60 58-120z" fill="url(#chalk)"/><ellipse cx="400" cy="300" rx="48" ry="13" fill="{p.dark}" opacity=".75"/><path d="M278 470q120 34 244 0" stroke="{p.main}" stroke-width="13" fill="none"/><path d="M270 505q130 36 260 0" stroke="{p.main}" stroke-width="5" fill="none"/>'


@drawn(SAGE)
def bowls(p):
    stacked = "".join(
        f'<path d="M{400 - w} {y}q10 {h} {w - 70} {h}h140q{w - 80} 0 {w - 70} -{h}z" fill="{fill}"/><ellipse cx="400" cy="{y}" rx="{w}" ry="{w // 7}" fill="{rim}"/><ellipse cx="400" cy="{y + 3}" rx="{w - 18}" ry="{w // 7 - 7}" fill="{inside}"/>'
        for y, w, h, fill, rim, inside in (
            (470, 250, 190, "url(#round)", p.dark, p.main),
            (390, 215, 160, "url(#chalk)", "#d8c9af", "#f4ead6"),
            (315, 180, 140, "url(#deep)", p.light, p.dark),
        )
    )
    return f'{shade(400, 668, 300)}{stacked}<path d="M230 356q170 60 340 0" stroke="{p.cream}" stroke-width="8" fill="none" stroke-dasharray="3 15" stroke-linecap="round"/>'


@drawn(BLUE)
def teapot(p):
    return f'{shade(400, 660, 290)}<path d="M560 420q120-10 130-120" fill="none" stroke="url(#round)" stroke-width="44" stroke-linecap="round"/><path d="M250 300q-30-190 150-190t150 190" fill="none" stroke="url(#wood)" stroke-width="22"/><path d="M210 470q0-170 190-170t190 170q0 180-120 185H330q-120-5-120-185z" fill="url(#round)"/><ellipse cx="400" cy="316" rx="118" ry="28" fill="{p.dark}"/><path d="M290 310q110-70 220 0-110 34-220 0z" fill="url(#deep)"/><circle cx="400" cy="262" r="20" fill="url(#wood)"/><path d="M214 500q186 56 372 0" stroke="{p.cream}" stroke-width="10" fill="none" opacity=".8"/><path d="M226 545q174 52 348 0" stroke="{p.cream}" stroke-width="4" fill="none" opacity=".8"/>'


@drawn(BLUE)
def lamp(p):
    return f'<circle cx="400" cy="380" r="330" fill="url(#glow)" opacity=".8"/>{shade(400, 668, 210)}<rect x="388" y="380" width="24" height="270" fill="url(#wood)"/><ellipse cx="400" cy="655" rx="120" ry="26" fill="{p.dark}"/><ellipse cx="400" cy="644" rx="120" ry="26" fill="url(#deep)"/><path d="M310 150h180l100 240H210z" fill="url(#round)"/><ellipse cx="400" cy="390" rx="190" ry="34" fill="#fff1cc"/><ellipse cx="400" cy="150" rx="90" ry="15" fill="{p.dark}" opacity=".6"/><path d="M470 400v70" stroke="{p.dark}" stroke-width="4"/><circle cx="470" cy="476" r="9" fill="{p.cream}"/>'


@drawn(ROSE)
def lantern(p):
    ribs = "".join(
        f'<path d="M{400 - w} {y}q{w} {w // 6} {2 * w} 0" stroke="#d9b877" stroke-width="3" fill="none" opacity=".7"/>'
        for y, w in (
            (250, 168),
            (300, 206),
            (350, 226),
            (400, 232),
            (450, 226),
            (500, 206),
            (550, 168),
        )
    )
    return f'<circle cx="400" cy="400" r="390" fill="url(#glow)"/><path d="M400-60v220" stroke="{p.dark}" stroke-width="6"/><ellipse cx="400" cy="400" rx="234" ry="234" fill="#fff3d6"/><ellipse cx="400" cy="400" rx="234" ry="234" fill="url(#glow)"/>{ribs}<rect x="345" y="150" width="110" height="26" rx="10" fill="url(#wood)"/><rect x="345" y="622" width="110" height="22" rx="10" fill="url(#wood)"/><path d="M400 644v56" stroke="{p.main}" stroke-width="8"/><path d="M386 700h28l8 74h-44z" fill="{p.main}"/>'


def framed(inside: str) -> str:
    return f'<rect x="205" y="88" width="410" height="530" fill="#000" opacity=".16" filter="url(#soft)"/><rect x="195" y="70" width="410" height="530" rx="6" fill="url(#wood)"/><rect x="215" y="90" width="370" height="490" fill="#fbf7ee"/><svg x="255" y="130" width="290" height="410" viewBox="0 0 290 410">{inside}</svg>{shade(400, 612, 230, 16)}'


@drawn(SAGE)
def print_hills(p):
    return framed(
        f'<rect width="290" height="410" fill="{p.cream}"/><circle cx="205" cy="105" r="46" fill="{p.light}"/><path d="M0 210q80-70 150-10t140-30v240H0z" fill="{p.light}"/><path d="M0 270q90-60 170 0t120-20v160H0z" fill="{p.main}"/><path d="M0 340q70-40 140-6t150-14v90H0z" fill="{p.dark}"/><g fill="{p.dark}"><path d="M60 300l14-70 14 70zM92 306l11-52 11 52zM30 310l10-46 10 46z"/></g><path d="M0 232q80-70 150-10t140-30M0 290q90-60 170 0t120-20" stroke="#fbf7ee" stroke-width="3" fill="none" opacity=".7"/>'
    )


@drawn(OLIVE)
def print_herb(p):
    leaves = "".join(
        f'<ellipse cx="{145 + side * (52 - i * 4)}" cy="{330 - i * 46}" rx="{46 - i * 4}" ry="17" fill="{p.main if (i + side) % 2 else p.dark}" transform="rotate({side * -28} {145 + side * (52 - i * 4)} {330 - i * 46})"/>'
        for i in range(6)
        for side in (-1, 1)
    )
    return framed(
        f'<rect width="290" height="410" fill="#f6efe0"/><path d="M145 385V60" stroke="{p.dark}" stroke-width="6"/>{leaves}<ellipse cx="145" cy="50" rx="18" ry="34" fill="{p.light}"/><path d="M60 396h170" stroke="{p.dark}" stroke-width="2" opacity=".5"/>'
    )


@drawn(TERRACOTTA)
def plant(p):
    leaves = "".join(
        f'<g transform="rotate({turn} 400 460)"><path d="M400 465C{330 - i * 4} {465 - long * 0.45} 350 {465 - long * 0.85} 400 {465 - long}C450 {465 - long * 0.85} {470 + i * 4} {465 - long * 0.45} 400 465z" fill="{"#4c7a53" if i % 2 else "#3a6446"}"/><path d="M400 465V{480 - long}" stroke="#a5c79a" stroke-width="5" opacity=".7"/></g>'
        for i, (turn, long) in enumerate(
            ((-62, 230), (-34, 300), (-8, 350), (18, 330), (44, 290), (70, 220))
        )
    )
    return f'{shade(410, 668, 230)}{leaves}<path d="M275 455h250l-34 190q-4 20-24 20H333q-20 0-24-20z" fill="url(#round)"/><rect x="258" y="428" width="284" height="58" rx="12" fill="url(#deep)"/>'


@drawn(ROSE)
def cactus(p):
    spines = "".join(
        f'<path d="M{x} {y}l-7-7m7 7l7-7m-7 7v-10" stroke="#f3ecd2" stroke-width="3"/>'
        for y in range(190, 440, 48)
        for x in (365, 400, 435)
    )
    return (
        shade(410, 668, 210)
        + '<path d="M330 470V230q0-80 70-80t70 80v240z" fill="#4c7a53"/><path d="M470 350h40q30 0 30-30v-50q0-28 26-28t26 28v64q0 66-66 66h-56z" fill="#3f6b49"/><path d="M330 400h-30q-28 0-28-28v-36q0-24-24-24t-24 24v48q0 60 60 60h46z" fill="#3f6b49"/><path d="M365 165v300M400 152v312M435 165v300" stroke="#6d9a70" stroke-width="4"/>'
        + spines
        + f'<circle cx="400" cy="146" r="24" fill="{p.light}"/><circle cx="400" cy="140" r="10" fill="{p.cream}"/><path d="M290 460h220l-24 190q-3 18-22 18H336q-19 0-22-18z" fill="url(#round)"/><path d="M297 520h206" stroke="{p.cream}" stroke-width="10" opacity=".8"/>'
    )


@drawn(PLUM)
def backpack(p):
    return f'{shade(400, 680, 270)}<path d="M330 190q0-80 70-80t70 80" fill="none" stroke="{p.dark}" stroke-width="22"/><path d="M215 330q0-160 185-160t185 160v270q0 70-70 70H285q-70 0-70-70z" fill="url(#round)"/><path d="M215 340q0-170 185-170t185 170q-90 60-185 60T215 340z" fill="{p.dark}" opacity=".38"/><rect x="265" y="455" width="270" height="175" rx="30" fill="url(#deep)"/><path d="M265 505h270" stroke="{p.cream}" stroke-width="6" stroke-dasharray="14 9"/><rect x="372" y="380" width="56" height="98" rx="12" fill="url(#wood)"/><rect x="382" y="430" width="36" height="28" rx="6" fill="#e9d9ad"/><path d="M205 380q-30 130 4 240M595 380q30 130-4 240" stroke="{p.dark}" stroke-width="20" fill="none"/>'


@drawn(BLUE)
def tote(p):
    return f'{shade(400, 680, 260)}<path d="M310 300q0-190 90-190t90 190" fill="none" stroke="{p.dark}" stroke-width="20"/><path d="M205 290h390l26 350q2 30-30 30H209q-32 0-30-30z" fill="url(#chalk)"/><path d="M196 420h408l4 60H192z" fill="{p.main}"/><path d="M190 500h420l2 22H188z" fill="{p.light}"/><path d="M310 300q0-170 90-170" fill="none" stroke="#fff" stroke-width="3" opacity=".4"/><path d="M205 300h390" stroke="{p.main}" stroke-width="5" stroke-dasharray="13 8"/><g fill="url(#wood)"><rect x="296" y="292" width="30" height="62" rx="6"/><rect x="474" y="292" width="30" height="62" rx="6"/></g>'


@drawn(BLUE)
def watch(p):
    hours = "".join(
        f'<path d="M400 {252 if i % 3 else 248}v{14 if i % 3 else 26}" stroke="{p.dark}" stroke-width="{5 if i % 3 else 9}" transform="rotate({i * 30} 400 385)"/>'
        for i in range(12)
    )
    return f'{shade(400, 700, 190)}<path d="M318 60h164l22 190H296zM296 520h208l-22 185H318z" fill="url(#deep)"/><path d="M330 90h140M326 640h148" stroke="{p.cream}" stroke-width="5" stroke-dasharray="12 8"/><circle cx="400" cy="385" r="182" fill="#b9b3a8"/><circle cx="400" cy="385" r="168" fill="#e8e3d8"/><circle cx="400" cy="385" r="150" fill="{p.cream}"/><rect x="575" y="366" width="32" height="38" rx="8" fill="#b9b3a8"/>{hours}<path d="M400 385 460 318" stroke="{p.dark}" stroke-width="13" stroke-linecap="round"/><path d="M400 385 336 290" stroke="{p.dark}" stroke-width="9" stroke-linecap="round"/><path d="M400 405 430 480" stroke="{p.main}" stroke-width="4"/><circle cx="400" cy="385" r="12" fill="{p.main}"/>'


@drawn(TERRACOTTA)
def candle(p):
    return f'<circle cx="400" cy="230" r="230" fill="url(#glow)"/>{shade(400, 668, 240)}<path d="M400 150q44 70 0 130-44-60 0-130z" fill="#ffb84d"/><path d="M400 195q22 40 0 78-22-38 0-78z" fill="#fff2c4"/><path d="M400 270v60" stroke="#3a2a20" stroke-width="7"/><rect x="245" y="320" width="310" height="340" rx="34" fill="url(#chalk)"/><ellipse cx="400" cy="326" rx="152" ry="32" fill="#fff6e0"/><ellipse cx="400" cy="330" rx="80" ry="15" fill="#ffe9b8"/><rect x="290" y="440" width="220" height="140" rx="10" fill="{p.main}"/><path d="M325 482h150M345 512h110M365 542h70" stroke="{p.cream}" stroke-width="8"/>'


@drawn(PLUM)
def chair(p):
    return f'{shade(400, 700, 270)}<path d="M270 480 230 700M530 480 570 700M330 480 318 660M470 480 482 660" stroke="url(#wood)" stroke-width="22" stroke-linecap="round"/><path d="M255 150q145-50 290 0l-20 260H275z" fill="url(#round)"/><path d="M400 135v275M325 150l12 255M475 150l-12 255" stroke="{p.dark}" stroke-width="4" opacity=".4"/><path d="M240 405h320q24 0 24 34v20q0 34-34 34H250q-34 0-34-34v-20q0-34 24-34z" fill="url(#deep)"/><path d="M232 420h336" stroke="{p.light}" stroke-width="8" opacity=".6"/>'


@drawn(SAGE)
def basket(p):
    body = "M180 370h440l-46 270q-5 30-36 30H262q-31 0-36-30z"
    weave = "".join(
        f'<path d="M184 {412 + row * 42}' + "q18-16 36 0t36 0" * 6 + '"/>' for row in range(6)
    )
    return f'{shade(400, 672, 280)}<path d="M235 380Q250 110 400 110t165 270" fill="none" stroke="url(#wood)" stroke-width="24"/><path d="{body}" fill="#c79a6b"/><clipPath id="body"><path d="{body}"/></clipPath><g clip-path="url(#body)" stroke="#8a5d3b" stroke-width="12" fill="none" stroke-linecap="round">{weave}</g><path d="M300 372q-20-90 40-110 30-50 90-20 80-10 70 130z" fill="{p.cream}"/><path d="M330 372q0-60 70-80M450 372q-4-50-50-80" stroke="{p.main}" stroke-width="6" fill="none"/><rect x="166" y="352" width="468" height="44" rx="22" fill="url(#wood)"/>'


@drawn(ROSE)
def throw(p):
    fringe = "".join(
        f'<path d="M{x} 640v34" stroke="{p.cream}" stroke-width="7"/>' for x in range(196, 610, 18)
    )
    bands = "".join(
        f'<rect x="190" y="{y}" width="420" height="{h}" fill="{colour}"/>'
        for y, h, colour in (
            (420, 26, p.cream),
            (462, 8, p.light),
            (486, 40, p.dark),
            (542, 8, p.light),
            (566, 26, p.cream),
        )
    )
    return f'{shade(400, 676, 300)}<path d="M190 330q0-40 40-40h340q40 0 40 40v310H190z" fill="url(#round)"/>{bands}{fringe}<path d="M190 330q0-110 130-110h240q50 0 50 46v64q-20-34-60-34H240q-40 0-50 34z" fill="url(#deep)"/><path d="M214 312q20-62 110-62h236" stroke="{p.cream}" stroke-width="5" fill="none" stroke-dasharray="16 12"/>'


@drawn(ROSE)
def biscuits(p):
    hearts = "".join(
        f'<g transform="translate({x} {y}) rotate({turn})"><path d="M0 20C-60-20-40-70 0-40 40-70 60-20 0 20z" fill="#c98a4b"/><path d="M0 8C-42-20-30-54 0-32 30-54 42-20 0 8z" fill="none" stroke="#fff4df" stroke-width="5" stroke-dasharray="2 9" stroke-linecap="round"/></g>'
        for x, y, turn in (
            (255, 300, -18),
            (400, 270, 4),
            (545, 305, 20),
            (330, 345, 10),
            (470, 350, -8),
        )
    )
    return f'{shade(400, 662, 300)}{hearts}<path d="M160 350h480v250q0 60-240 60t-240-60z" fill="url(#round)"/><ellipse cx="400" cy="350" rx="240" ry="34" fill="none" stroke="{p.dark}" stroke-width="10"/><rect x="160" y="430" width="480" height="110" fill="{p.cream}"/><path d="M190 485h60m300 0h60" stroke="{p.main}" stroke-width="6"/><path d="M400 525c-74-46-50-100 0-66 50-34 74 20 0 66z" fill="{p.main}"/><path d="M160 452h480M160 520h480" stroke="{p.main}" stroke-width="3"/>'


@drawn(OLIVE)
def honey(p):
    return f'{shade(400, 668, 240)}<path d="M265 240h270q40 50 40 110v240q0 74-74 74H299q-74 0-74-74V350q0-60 40-110z" fill="url(#amber)"/><path d="M250 330q0-36 20-60" stroke="#fff2c4" stroke-width="12" fill="none" stroke-linecap="round" opacity=".7"/><rect x="258" y="150" width="284" height="96" rx="18" fill="url(#wood)"/><path d="M258 212h284" stroke="#6f4527" stroke-width="5"/><rect x="262" y="380" width="276" height="200" rx="14" fill="#fbf4e4"/><path d="M400 410l42 24v48l-42 24-42-24v-48z" fill="none" stroke="{p.main}" stroke-width="8"/><path d="M310 540h180" stroke="{p.dark}" stroke-width="8"/><path d="M400 434v48M376 448l48 24M424 448l-48 24" stroke="{p.light}" stroke-width="4"/>'


@drawn(OLIVE)
def knife(p):
    return f'{shade(410, 640, 320, 26)}<g transform="rotate(-28 400 430)"><path d="M330 400H700q50 0 70-40-120-40-240-40-120 0-200 30z" fill="url(#steel)"/><path d="M340 352h420" stroke="#fff" stroke-width="4" opacity=".7"/><rect x="300" y="338" width="46" height="82" rx="8" fill="url(#steel)"/><path d="M30 360q-14 90 60 92 110-34 226-30v-84q-140 20-200 2-66-20-86 20z" fill="url(#wood)"/><path d="M60 386q90 20 230-10M64 416q90 10 220-14" stroke="#6f4527" stroke-width="3" fill="none" opacity=".6"/></g><path d="M250 640q150 30 300 0" stroke="{p.main}" stroke-width="5" fill="none" opacity=".4"/>'


@drawn(SAGE)
def notebooks(p):
    books = "".join(
        f'<g transform="rotate({turn} 400 600)"><rect x="250" y="170" width="300" height="420" rx="14" fill="{cover}"/><rect x="250" y="170" width="44" height="420" rx="14" fill="#000" opacity=".18"/><path d="M272 190v380" stroke="#fff4df" stroke-width="4" stroke-dasharray="12 10"/><rect x="330" y="240" width="170" height="86" rx="8" fill="#fbf4e4"/><path d="M350 270h130M350 296h90" stroke="{p.dark}" stroke-width="5" opacity=".6"/></g>'
        for turn, cover in ((-16, p.light), (10, p.dark), (-3, p.main))
    )
    return f'{shade(400, 640, 300)}{books}<path d="M505 590V170" stroke="{p.cream}" stroke-width="12"/>'


@drawn(BLUE)
def train(p):
    wheels = "".join(
        f'<circle cx="{x}" cy="610" r="{r}" fill="url(#wood)"/><circle cx="{x}" cy="610" r="{r // 3}" fill="{p.dark}"/>'
        for x, r in ((180, 48), (300, 48), (430, 48), (590, 62))
    )
    return f'{shade(400, 664, 330)}<rect x="110" y="520" width="270" height="60" rx="14" fill="{p.dark}"/><rect x="400" y="520" width="290" height="60" rx="14" fill="{p.dark}"/><rect x="374" y="545" width="34" height="14" fill="#6f4527"/><rect x="130" y="400" width="230" height="120" rx="14" fill="{p.light}"/><g fill="{p.cream}"><rect x="152" y="424" width="50" height="52" rx="8"/><rect x="220" y="424" width="50" height="52" rx="8"/><rect x="288" y="424" width="50" height="52" rx="8"/></g><rect x="410" y="410" width="190" height="110" rx="50" fill="url(#round)"/><rect x="580" y="320" width="110" height="200" rx="14" fill="{p.main}"/><rect x="602" y="346" width="66" height="66" rx="10" fill="{p.cream}"/><rect x="566" y="296" width="138" height="30" rx="12" fill="{p.dark}"/><rect x="446" y="320" width="46" height="96" rx="10" fill="url(#wood)"/><rect x="434" y="306" width="70" height="24" rx="10" fill="{p.dark}"/>{wheels}<g fill="#fff" opacity=".55"><circle cx="452" cy="262" r="26"/><circle cx="414" cy="214" r="34"/><circle cx="360" cy="176" r="26"/></g>'


@drawn(PLUM)
def headphones(p):
    cups = "".join(
        f'<g transform="translate({x} 0)"><rect x="-62" y="430" width="124" height="226" rx="56" fill="url(#deep)"/><rect x="{-92 if side < 0 else 40}" y="452" width="52" height="182" rx="26" fill="{p.dark}"/><rect x="-36" y="462" width="72" height="162" rx="34" fill="url(#round)"/><circle cx="0" cy="543" r="15" fill="{p.cream}"/></g>'
        for x, side in ((190, 1), (610, -1))
    )
    return f'{shade(400, 672, 290)}<path d="M190 470V380a210 210 0 0 1 420 0v90" fill="none" stroke="{p.dark}" stroke-width="44"/><path d="M196 430V380a204 204 0 0 1 408 0v50" fill="none" stroke="{p.light}" stroke-width="12"/>{cups}'


@drawn(BLUE)
def camera(p):
    return f'{shade(400, 640, 320)}<rect x="310" y="225" width="180" height="80" rx="16" fill="{p.dark}"/><rect x="345" y="244" width="110" height="44" rx="8" fill="#cfe3ee" opacity=".75"/><rect x="120" y="285" width="560" height="345" rx="44" fill="url(#deep)"/><rect x="120" y="375" width="560" height="175" fill="{p.main}"/><rect x="120" y="375" width="560" height="175" opacity=".18"/><rect x="165" y="256" width="92" height="36" rx="12" fill="#d8d4cc"/><circle cx="580" cy="270" r="34" fill="#c9c4ba"/><circle cx="580" cy="266" r="26" fill="#efebe3"/><circle cx="400" cy="458" r="158" fill="#1d1f24"/><circle cx="400" cy="458" r="142" fill="#2b2e36"/><circle cx="400" cy="458" r="118" fill="#14161b"/><circle cx="400" cy="458" r="92" fill="#22365a"/><circle cx="400" cy="458" r="64" fill="#111a2c"/><circle cx="366" cy="420" r="26" fill="#a9c8ff" opacity=".75"/><circle cx="446" cy="498" r="12" fill="#ffd7a8" opacity=".7"/><circle cx="400" cy="458" r="150" fill="none" stroke="{p.cream}" stroke-width="3" stroke-dasharray="3 17"/><circle cx="630" cy="330" r="11" fill="{p.cream}"/>'


@drawn(SAGE)
def soaps(p):
    bars = "".join(
        f'<rect x="{x}" y="{y}" width="{w}" height="110" rx="20" fill="{fill}"/><rect x="{x + w // 2 - 60}" y="{y}" width="120" height="110" fill="#fbf4e4"/><path d="M{x + w // 2 - 40} {y + 42}h80M{x + w // 2 - 26} {y + 66}h52" stroke="{p.dark}" stroke-width="6" opacity=".7"/>'
        for x, y, w, fill in (
            (170, 550, 460, "url(#round)"),
            (205, 432, 400, "url(#chalk)"),
            (235, 314, 340, "url(#deep)"),
        )
    )
    leaves = "".join(
        f'<ellipse cx="{x}" cy="{282 if i % 2 else 318}" rx="26" ry="10" fill="{p.main if i % 2 else p.light}" transform="rotate({-30 if i % 2 else 30} {x} 300)"/>'
        for i, x in enumerate(range(320, 520, 22))
    )
    return f'{shade(400, 668, 290)}{bars}<g transform="rotate(-14 400 280)"><path d="M300 300h220" stroke="#57512a" stroke-width="5"/>{leaves}</g>'


def main(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": SIDE, "height": SIDE})
        for name, (draw, palette) in DRAWINGS.items():
            if names and name not in names:
                continue
            views = {
                name: scene(palette, draw(palette)),
                f"{name}-close": scene(palette, draw(palette), "190 190 420 420", 4),
            }
            for picture, svg in views.items():
                page.set_content("<style>*{margin:0}svg{display:block}</style>" + svg)
                image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
                target = folder / f"{picture}.webp"
                image.save(target, quality=80, method=6)
                if target.stat().st_size > MOST_BYTES:
                    raise SystemExit(
                        f"{target.name} is {target.stat().st_size} bytes, more than {MOST_BYTES}"
                    )
        browser.close()
    print(f"{len(list(folder.glob('*.webp')))} pictures in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER, sys.argv[2:])
