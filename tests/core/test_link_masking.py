"""Masking: the definition in RFC 6455, section 5.3, and keys that are never used twice."""

from types import ModuleType, SimpleNamespace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.errors import LocalProtocolError
from tgproto.link.masking import KEY_BLOCK, apply_mask, fastest_mask, mask_keys, portable_mask


def defined(data: bytes, key: bytes) -> bytes:
    return bytes(byte ^ key[i % 4] for i, byte in enumerate(data))


def test_the_example_of_the_rfc() -> None:
    assert portable_mask(b"Hello", b"\x37\xfa\x21\x3d") == b"\x7f\x9f\x4d\x51\x58"


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 767, 768, 769, 770, 771, 772, 5000])
def test_both_ways_to_mask_follow_the_definition(size: int) -> None:
    data = (b"the quick brown fox" * 300)[:size]
    masked = portable_mask(data, b"\x01\x80\xff\x00")
    assert type(masked) is bytes
    assert masked == defined(data, b"\x01\x80\xff\x00")


@settings(max_examples=60)
@given(st.binary(max_size=1600), st.binary(min_size=4, max_size=4))
def test_masking_twice_gives_the_payload_back(data: bytes, key: bytes) -> None:
    assert portable_mask(data, key) == apply_mask(data, key) == defined(data, key)
    assert apply_mask(portable_mask(data, key), key) == data


def test_the_c_function_is_taken_if_there_is_one() -> None:
    def load(name: str) -> ModuleType:
        assert name == "websockets.speedups"
        return cast(ModuleType, SimpleNamespace(apply_mask=defined))

    assert fastest_mask(load) is defined


def test_without_the_c_function_the_portable_one_is_taken() -> None:
    def load(name: str) -> ModuleType:
        raise ImportError(name)

    assert fastest_mask(load) is portable_mask


def test_a_block_of_entropy_is_used_up_key_by_key() -> None:
    block = bytes(number % 251 for number in range(KEY_BLOCK))
    keys = list(mask_keys(lambda size: block[:size]))
    assert b"".join(keys) == block
    assert {len(key) for key in keys} == {4}


def test_short_entropy_is_the_callers_mistake() -> None:
    with pytest.raises(LocalProtocolError, match="entropy returned 4 bytes instead of 4096"):
        mask_keys(lambda size: b"abcd")
