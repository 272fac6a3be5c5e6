"""Who may talk to the review server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.review.admission import Admission, cookie_key, is_loopback, new_token

if TYPE_CHECKING:
    from pathlib import Path

HERE = Admission("127.0.0.1", b"k" * 32)
OPEN = Admission("0.0.0.0", b"k" * 32, "a-token-of-this-test")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.9.1"])
def test_a_loopback_address_is_this_computer(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "example.org", "", "localhost.example.org"])
def test_any_other_address_is_not(host: str) -> None:
    assert not is_loopback(host)


def test_on_loopback_a_foreign_name_for_this_computer_is_refused() -> None:
    assert HERE.host_is_known("localhost:8090")
    assert HERE.host_is_known("[::1]:8090")
    assert not HERE.host_is_known("rebound.example.org:8090")
    assert not HERE.host_is_known("")


def test_an_open_server_may_be_called_anything() -> None:
    assert OPEN.host_is_known("gpu.example.org:8090")


def test_only_a_page_of_the_same_host_and_port_may_act() -> None:
    assert HERE.origin_is_ours("http://127.0.0.1:8090", "127.0.0.1:8090")
    assert not HERE.origin_is_ours("http://127.0.0.1:8091", "127.0.0.1:8090")
    assert not HERE.origin_is_ours("http://example.org", "127.0.0.1:8090")
    assert not HERE.origin_is_ours("null", "127.0.0.1:8090")
    assert not HERE.origin_is_ours(None, "127.0.0.1:8090")


def test_a_token_is_asked_for_where_there_is_one() -> None:
    assert HERE.token_is_right(None)
    assert OPEN.token_is_right("a-token-of-this-test")
    assert not OPEN.token_is_right("another")
    assert not OPEN.token_is_right("")
    assert not OPEN.token_is_right(None)


def test_a_cookie_names_its_reviewer_and_nobody_can_make_one() -> None:
    cookie = HERE.new_cookie()
    reviewer = HERE.reviewer_of(cookie)
    assert reviewer is not None
    assert cookie.startswith(reviewer)
    assert HERE.reviewer_of(cookie) == reviewer
    assert HERE.reviewer_of(f"{'0' * 32}.{cookie.partition('.')[2]}") is None
    assert HERE.reviewer_of(cookie[:-1]) is None
    assert HERE.reviewer_of(None) is None
    assert HERE.reviewer_of("") is None


def test_a_cookie_from_before_the_token_was_changed_no_longer_counts() -> None:
    changed = Admission("0.0.0.0", b"k" * 32, "another-token-of-this-test")
    assert changed.reviewer_of(OPEN.new_cookie()) is None
    assert OPEN.reviewer_of(HERE.new_cookie()) is None


def test_two_browsers_are_two_reviewers() -> None:
    assert HERE.reviewer_of(HERE.new_cookie()) != HERE.reviewer_of(HERE.new_cookie())


def test_the_key_of_cookies_outlives_the_server_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "review" / "cookie-key"
    key = cookie_key(path)
    assert len(key) == 32
    assert cookie_key(path) == key
    assert path.stat().st_mode & 0o077 == 0
    path.write_bytes(b"cut")
    assert len(cookie_key(path)) == 32


def test_a_token_is_long_and_never_the_same() -> None:
    assert len(new_token()) >= 32
    assert new_token() != new_token()
