import hashlib

import pytest

from node.web.assets import Assets
from node.web.rendering import HERE
from tests.web.conftest import Site


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "fonts").mkdir()
    (tmp_path / "app.css").write_text("body {}")
    (tmp_path / "fonts" / "a.woff2").write_bytes(b"font")
    (tmp_path / ".secret").write_text("x")
    return tmp_path


def test_names_hold_a_hash_of_the_content(folder):
    before = Assets(folder).url("app.css")
    assert before == f"/static/app.{hashlib.sha256(b'body {}').hexdigest()[:16]}.css"
    (folder / "app.css").write_text("body { margin: 0 }")
    assert Assets(folder).url("app.css") != before
    assert Assets(folder).url("fonts/a.woff2").startswith("/static/fonts/a.")


def test_a_name_that_is_not_there_is_our_mistake(folder):
    assets = Assets(folder)
    assert "app.css" in assets
    for name in ("app.js", ".secret", "../app.css"):
        assert name not in assets
        with pytest.raises(KeyError):
            assets.url(name)
    with pytest.raises(FileNotFoundError):
        Assets(folder / "nothing")


async def test_hashed_names_are_kept_for_ever_and_need_no_session(peer, folder):
    site = Site(peer, static=folder)
    client = site.client(base_url=site.origin)
    url = Assets(folder).url("app.css")
    answer = await client.get(url)
    assert (answer.status_code, answer.text) == (200, "body {}")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = await client.get(url, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await client.get(url, headers={"if-none-match": '"x"'})).status_code == 200


async def test_plain_names_are_asked_for_again(peer, folder):
    site = Site(peer, static=folder)
    answer = await site.client(base_url=site.origin).get("/static/fonts/a.woff2")
    assert (answer.content, answer.headers["content-type"]) == (b"font", "font/woff2")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    ["nothing.css", ".secret", "../app.css", "%2e%2e/etc/passwd", "fonts", "app.0000.css", ""],
)
async def test_nothing_else_is_served(peer, folder, path):
    site = Site(peer, static=folder)
    answer = await site.client(base_url=site.origin).get(f"/static/{path}")
    assert answer.status_code in (303, 404)


def test_our_own_files_are_all_readable():
    assets = Assets(HERE / "static")
    assert "htmx.js" in assets
