"""Static files, read once and served from memory under names that hold a hash, so that browsers may keep them for ever."""

import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

TYPES = {
    ".js": "text/javascript",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Asset:
    data: bytes
    media_type: str
    tag: str
    url: str


class Assets:
    """The files under `root`, by their path relative to it. Raises FileNotFoundError when there is no such folder."""

    def __init__(self, root: Path):
        if not root.is_dir():
            raise FileNotFoundError(root)
        self._by_name = {
            path.relative_to(root).as_posix(): _asset(path, path.relative_to(root))
            for path in sorted(root.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }
        self._by_url = {asset.url: asset for asset in self._by_name.values()}

    def url(self, name: str) -> str:
        """Raises KeyError for a name that isn't there: a template's mistake."""
        return self._by_name[name].url

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    async def serve(self, request: Request) -> Response:
        """GET /static/{path}: by hashed name for ever, by plain name (fonts named in style sheets) with revalidation."""
        asset = self._by_url.get(request.url.path)
        lasting = asset is not None
        if asset is None:
            asset = self._by_name.get(request.path_params["path"])
        if asset is None:
            return Response("Not found", 404, media_type="text/plain")
        headers = {
            "etag": f'"{asset.tag}"',
            "cache-control": "public, max-age=31536000, immutable" if lasting else "no-cache",
        }
        if f'"{asset.tag}"' in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(asset.data, media_type=asset.media_type, headers=headers)


def _asset(path: Path, name: Path) -> Asset:
    data = path.read_bytes()
    tag = sha256(data).hexdigest()[:16]
    media_type = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    url = f"/static/{name.with_name(f'{name.stem}.{tag}{name.suffix}').as_posix()}"
    return Asset(data, media_type or "application/octet-stream", tag, url)
