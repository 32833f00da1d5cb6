"""Which URLs pass the policy."""

from pathlib import Path

import pytest

from mirrors import MirrorCode, MirrorError, UrlPolicy, checked_url


@pytest.mark.parametrize(
    ("url", "protocol"),
    [
        ("https://example.org/a/b.git", "https"),
        ("HTTPS://example.org/a", "https"),
        ("https://[2001:db8::1]/a.git", "https"),
        ("ssh://git@example.org:2222/a.git", "ssh"),
        ("git@example.org:a/b.git", "ssh"),
        ("http://127.0.0.1:8000/a.git", "http"),
        ("http://localhost/a.git", "http"),
        ("http://[::1]:80/a.git", "http"),
    ],
)
def test_ordinary_urls_are_allowed(url: str, protocol: str) -> None:
    assert checked_url(url, UrlPolicy()).protocol == protocol


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "empty"),
        ("ext::sh -c touch% /tmp/x", "spaces"),
        ("ext::sh", "transport helper"),
        ("ext::x[::1]", "transport helper"),
        ("foo::https://example.org/a", "transport helper"),
        ("fd::17", "transport helper"),
        ("--upload-pack=touch", "option"),
        ("ssh://-oProxyCommand=x/a", "host name"),
        ("ssh://example.org/-oProxyCommand=x", "starts with"),
        ("-oProxyCommand=x:a", "option"),
        ("example.org:-x", "starts with"),
        ("https://example.org/a\nb", "control characters"),
        ("https://ada:secret@example.org/a", "password"),
        ("https://token@example.org/a", "password"),
        ("ssh://git:secret@example.org/a", "password"),
        ("https://example.org/" + "a" * 2000, "longer than"),
        ("http://example.org/a", "plain http"),
        ("http://127.0.0.1.example.org/a", "plain http"),
        ("git://example.org/a", "'git'"),
        ("ftp://example.org/a", "'ftp'"),
        ("javascript://x/", "'javascript'"),
        ("https:///a", "host name"),
        ("https://example.org:port/a", "parsed"),
        ("file:/etc", "two slashes"),
        ("file://elsewhere/etc", "names no host"),
        ("file:///etc", "no repository lies there"),
        ("/etc", "no repository lies there"),
        ("/nonexistent", "no repository lies there"),
        ("../etc", "neither a URL"),
        ("repository", "neither a URL"),
    ],
)
def test_everything_else_is_refused_with_a_reason(url: str, reason: str) -> None:
    with pytest.raises(MirrorError) as caught:
        checked_url(url, UrlPolicy())
    assert caught.value.code == MirrorCode.BAD_URL
    assert reason in caught.value.sentence
    assert "secret" not in str(caught.value)


def test_a_local_path_must_lie_below_an_open_folder_after_links_are_resolved(tmp_path: Path) -> None:
    opened, closed = tmp_path / "open", tmp_path / "closed"
    (opened / "a").mkdir(parents=True)
    closed.mkdir()
    (opened / "link").symlink_to(closed)
    policy = UrlPolicy(local_folders=(opened,))
    assert checked_url(str(opened / "a"), policy).url == str(opened / "a")
    assert checked_url(f"file://{opened}/a", policy).url == str(opened / "a")
    for path in (closed, opened / "link", opened / ".." / "closed", Path(f"{opened}-more")):
        with pytest.raises(MirrorError):
            checked_url(str(path), policy)


def test_an_operator_may_open_plain_http_and_the_git_protocol() -> None:
    policy = UrlPolicy(http_anywhere=True, git_protocol=True)
    assert checked_url("http://example.org/a", policy).protocol == "http"
    assert checked_url("git://example.org/a", policy).protocol == "git"
