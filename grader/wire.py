"""Length-prefixed frames between two processes of which one is not trusted.

A frame is an 8-byte header (two big-endian uint32: control bytes, payload bytes), the control message and the
payload (the raw bytes of the tensors that the control message speaks of). Both lengths are checked against hard caps
before anything is read, and nothing here interprets what it carries.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Sequence

HEADER = struct.Struct("!II")
MAX_CONTROL_BYTES = 4 << 20
MAX_PAYLOAD_BYTES = 256 << 20
READ_AHEAD_BYTES = 1 << 16


class ChannelClosed(Exception):
    """The other side is gone: end of file, reset, or a torn frame."""


class ChannelTimeout(Exception):
    """No whole frame arrived before the deadline."""


class FrameRefused(Exception):
    """The other side announced a frame beyond the caps."""


class Channel:
    """A blocking frame channel over one end of a socket pair."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._received = bytearray()  # what came with an earlier read

    def fileno(self) -> int:
        return self.connection.fileno()

    def close(self) -> None:
        self.connection.close()

    def send(self, control: bytes, payload: Sequence[bytes | memoryview] = ()) -> None:
        """Write one frame. Raises ChannelClosed when nobody reads any more and FrameRefused beyond the caps."""
        payload_bytes = sum(len(part) for part in payload)
        if len(control) > MAX_CONTROL_BYTES or payload_bytes > MAX_PAYLOAD_BYTES:
            raise FrameRefused(f"a frame of {len(control)} + {payload_bytes} bytes is beyond the caps")
        try:
            self.connection.sendall(b"".join((HEADER.pack(len(control), payload_bytes), control, *payload)))
        except OSError as error:
            raise ChannelClosed(str(error)) from error

    def receive(self, timeout_s: float | None = None) -> tuple[bytes, bytearray]:
        """Read one frame: (control, payload). The payload is a private copy that the other side cannot change."""
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        header = self._read(HEADER.size, deadline_s)
        control_bytes, payload_bytes = HEADER.unpack(header)
        if control_bytes > MAX_CONTROL_BYTES or payload_bytes > MAX_PAYLOAD_BYTES:
            raise FrameRefused(f"a frame of {control_bytes} + {payload_bytes} bytes is beyond the caps")
        return bytes(self._read(control_bytes, deadline_s)), self._read(payload_bytes, deadline_s)

    def _read(self, count: int, deadline_s: float | None) -> bytearray:
        buffer = self._received[:count]
        del self._received[:count]
        while len(buffer) < count:
            if deadline_s is not None:
                remaining_s = deadline_s - time.monotonic()
                if remaining_s <= 0 or not wait_readable(self.connection, remaining_s):
                    raise ChannelTimeout
            missing = count - len(buffer)
            try:
                data = self.connection.recv(max(missing, READ_AHEAD_BYTES))
            except OSError as error:
                raise ChannelClosed(str(error)) from error
            if not data:
                raise ChannelClosed("end of file")
            buffer += data[:missing]
            self._received += data[missing:]
        return buffer


def wait_readable(connection: socket.socket | int, timeout_s: float) -> bool:
    """Whether the socket or descriptor can be read within `timeout_s`; poll, so that descriptors above 1023 work."""
    poller = select.poll()
    poller.register(connection, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poller.poll(max(0.0, timeout_s) * 1000))


class FrameBuffer:
    """Cuts a byte stream that arrives in pieces into control frames, for readers that must not block."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Add bytes; return the control part of every frame that is whole now."""
        self._buffer += data
        frames = []
        while len(self._buffer) >= HEADER.size:
            control_bytes, payload_bytes = HEADER.unpack_from(self._buffer)
            if control_bytes > MAX_CONTROL_BYTES or payload_bytes:
                raise FrameRefused(f"a control frame of {control_bytes} + {payload_bytes} bytes")
            end = HEADER.size + control_bytes
            if len(self._buffer) < end:
                break
            frames.append(bytes(self._buffer[HEADER.size : end]))
            del self._buffer[:end]
        return frames


def frame(control: bytes) -> bytes:
    """A frame without payload, ready to be written."""
    return HEADER.pack(len(control), 0) + control
