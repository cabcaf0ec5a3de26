"""What crosses the wire comes back as it was; what lies about itself is refused."""

from __future__ import annotations

import socket
import struct
import threading

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader import protocol as p
from grader.marshal import DTYPES, Decoder, Encoder, Unmarshallable
from grader.wire import Channel, ChannelClosed, ChannelTimeout, FrameBuffer, FrameRefused, frame

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)


def across(value: object, **decoder: object) -> object:
    """Encode, serialise, deserialise, decode."""
    encoder = Encoder()
    message = p.encode(p.Returned(encoder.encode(value)))
    reply = p.decode_reply(message)
    assert isinstance(reply, p.Returned)
    return Decoder(bytearray(b"".join(encoder.payload)), **decoder).decode(reply.value)


@given(PLAIN)
def test_plain_values_come_back_with_their_types(value: object) -> None:
    assert repr(across(value)) == repr(value)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**40, True, -0.0, float("inf"), (), [], {}])
def test_edge_values_come_back(value: object) -> None:
    assert repr(across(value)) == repr(value)


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 3), (2, 0, 3)])
def test_tensors_come_back_bit_by_bit(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    tensor = (torch.randn(shape, dtype=torch.float64) * 9).to(dtype)

    back = across(tensor)

    assert type(back) is torch.Tensor
    assert (back.dtype, back.shape) == (tensor.dtype, tensor.shape)
    assert torch.equal(back, tensor)


def test_a_layout_reaches_the_candidate() -> None:
    base = torch.randn(3, 4)
    for tensor in (base.t(), base[:, 1:3], base[:1].expand(5, 4), base[::2, ::2]):
        encoder = Encoder(keep_callback=lambda function: 0)
        value = encoder.encode(tensor)
        back = Decoder(bytearray(b"".join(encoder.payload))).decode(value)

        assert back.stride() == tensor.stride()
        assert torch.equal(back, tensor)


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=str)
def test_one_element_with_an_odd_stride_comes_back(dtype: torch.dtype) -> None:
    base = torch.tensor([[3, 1, 2], [1, 2, 3]]).to(dtype)
    for tensor in (base[:1, 0], base[1, ::3], base[:, 1][:1], base.t()[:1, :1], base[0, 0]):
        assert torch.equal(across(tensor), tensor)


class Sly(torch.Tensor):
    pass


@pytest.mark.parametrize(
    "value",
    [
        object(), torch.zeros(2).as_subclass(Sly), torch.zeros(2, device="meta"), torch.zeros(2).to_sparse(), 10**10_000,
        torch.zeros(1).expand(1 << 40), {1, 2}, b"bytes", lambda: 1,
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_cannot_cross_is_named_and_equals_nothing(value: object) -> None:
    back = across(value)

    assert isinstance(back, p.OpaqueValue)
    assert back.what


def test_a_bottomless_structure_is_named() -> None:
    bottomless: list[object] = []
    bottomless.append(bottomless)

    assert "deep" in repr(across(bottomless))


@pytest.mark.parametrize(
    "lie",
    [
        p.TensorValue("float32", (2,), 0, 100), p.TensorValue("float32", (2,), -4, 8), p.TensorValue("float32", (3,), 0, 8),
        p.TensorValue("float32", (2,), 0, 7), p.TensorValue("nothing", (2,), 0, 8), p.TensorValue("float32", (-2,), 0, 8),
        p.TensorValue("float32", (1,) * 40, 0, 4), p.BigInt("zz"), p.BigInt("0x" + "f" * 5000),
        p.MappingValue([1, 2], [1]), p.TensorValue("float32", (1 << 40, 1 << 40), 0, 8),
    ],
)  # fmt: skip
def test_a_value_that_lies_about_itself_is_refused(lie: p.Value) -> None:
    with pytest.raises(Unmarshallable):
        Decoder(bytearray(8)).decode(lie)


def test_a_bool_of_seven_is_true() -> None:
    decoded = Decoder(bytearray(b"\x07\x00")).decode(p.TensorValue("bool", (2,), 0, 2))

    assert torch.equal(decoded, torch.tensor([True, False]))
    assert decoded.view(torch.uint8).tolist() == [1, 0]


def test_frames_arrive_whole_and_in_order() -> None:
    left, right = socket.socketpair()
    with left, right:
        sender, receiver = Channel(left), Channel(right)
        payload = bytes(range(256)) * 5000
        thread = threading.Thread(target=lambda: [sender.send(b"a%d" % i, [payload[: i * 100_000]]) for i in range(8)])
        thread.start()
        for i in range(8):
            assert receiver.receive(10.0) == (b"a%d" % i, bytearray(payload[: i * 100_000]))
        thread.join()


def test_silence_death_and_lies_are_told_apart() -> None:
    left, right = socket.socketpair()
    with left, right:
        receiver = Channel(right)
        with pytest.raises(ChannelTimeout):
            receiver.receive(0.01)
        left.sendall(struct.pack("!II", 1 << 31, 0))
        with pytest.raises(FrameRefused):
            receiver.receive(1.0)
        left.sendall(struct.pack("!II", 10, 0) + b"torn")
        left.close()
        with pytest.raises(ChannelClosed):
            receiver.receive(1.0)


@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(1, 17))
def test_a_frame_buffer_gives_every_frame_however_it_is_cut(messages: list[bytes], size: int) -> None:
    stream = b"".join(map(frame, messages))
    buffer = FrameBuffer()

    received = [control for i in range(0, len(stream), size) for control in buffer.feed(stream[i : i + size])]

    assert received == messages
