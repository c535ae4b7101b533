"""What every drawn product stands in: a palette, a wall with slanting light, a table, a shadow."""

from dataclasses import dataclass

SIDE = 960


@dataclass(frozen=True)
class Palette:
    wall: str
    table: str
    main: str
    dark: str
    cream: str
    light: str


TERRACOTTA = Palette("#EFE6DA", "#DCCDB9", "#B5654A", "#7E3F2C", "#F2D7B6", "#E9A58B")
SAGE = Palette("#DFE7E4", "#C6D3CE", "#4F7C74", "#2C4F49", "#F0E3C8", "#8FBBB1")
PLUM = Palette("#E6E4EF", "#CFCBE0", "#6A63A8", "#3E3974", "#F4D9C6", "#A9A3DA")
ROSE = Palette("#F3E3E1", "#E3C9C5", "#A34A5C", "#6B2A3A", "#F6E6CF", "#D98E9C")
BLUE = Palette("#E3ECF3", "#C9D8E4", "#3F6C92", "#223F5B", "#F5E2C0", "#8DB4D2")
OLIVE = Palette("#EEEADD", "#D9D2BC", "#8A8248", "#57512A", "#F4EBD0", "#BDB57C")


def scene(p: Palette, body: str, view: str = "0 0 800 800", turn: int = 0) -> str:
    """A wall with slanting light, a table, and `body` on it."""
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}" width="{SIDE}" height="{SIDE}"><defs>
<linearGradient id="wall" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#fff" stop-opacity=".55"/><stop offset=".55" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-opacity=".07"/></linearGradient>
<linearGradient id="table" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-opacity=".06"/><stop offset=".3" stop-color="#fff" stop-opacity=".12"/><stop offset="1" stop-color="#fff" stop-opacity=".25"/></linearGradient>
<linearGradient id="round"><stop offset="0" stop-color="{p.dark}"/><stop offset=".22" stop-color="{p.main}"/><stop offset=".62" stop-color="{p.light}"/><stop offset="1" stop-color="{p.main}"/></linearGradient>
<linearGradient id="deep"><stop offset="0" stop-color="{p.dark}"/><stop offset=".55" stop-color="{p.main}"/><stop offset="1" stop-color="{p.dark}"/></linearGradient>
<linearGradient id="chalk"><stop offset="0" stop-color="#c9bba4"/><stop offset=".6" stop-color="#fff8ea"/><stop offset="1" stop-color="#e2d5bd"/></linearGradient>
<linearGradient id="wood"><stop offset="0" stop-color="#8a5d3b"/><stop offset=".6" stop-color="#c79a6b"/><stop offset="1" stop-color="#a47649"/></linearGradient>
<linearGradient id="steel" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#f3f5f6"/><stop offset=".5" stop-color="#b9c0c5"/><stop offset="1" stop-color="#848d94"/></linearGradient>
<linearGradient id="amber"><stop offset="0" stop-color="#b86a10"/><stop offset=".55" stop-color="#f2b13c"/><stop offset="1" stop-color="#c67a18"/></linearGradient>
<radialGradient id="shade"><stop offset="0" stop-color="{p.dark}" stop-opacity=".42"/><stop offset=".6" stop-color="{p.dark}" stop-opacity=".16"/><stop offset="1" stop-color="{p.dark}" stop-opacity="0"/></radialGradient>
<radialGradient id="glow"><stop offset="0" stop-color="#fff3cf" stop-opacity=".95"/><stop offset="1" stop-color="#fff3cf" stop-opacity="0"/></radialGradient>
<filter id="soft"><feGaussianBlur stdDeviation="14"/></filter></defs>
<rect x="-400" y="-400" width="1600" height="1600" fill="{p.wall}"/><rect x="-400" y="-400" width="1600" height="1600" fill="url(#wall)"/>
<g fill="#fff" filter="url(#soft)"><polygon points="500,-50 720,-50 330,600 40,600" opacity=".16"/><polygon points="770,-50 830,-50 440,600 370,600" opacity=".14"/></g>
<rect x="-400" y="585" width="1600" height="700" fill="{p.table}"/><rect x="-400" y="585" width="1600" height="700" fill="url(#table)"/>
<g transform="rotate({turn} 400 420)">{body}</g></svg>"""


def shade(x: int, y: int, wide: int, high: int = 38) -> str:
    return f'<ellipse cx="{x}" cy="{y}" rx="{wide}" ry="{high}" fill="url(#shade)"/>'
