"""Finding the frames in a byte stream, with a short cut for the one kind that comes by the thousand.

A whole final text frame is cut out of the buffer and its UTF-8 checked, in one tight loop. Any other
frame goes to wsproto, which stays the judge of them all: of its errors none shows earlier or later
than if wsproto had read every byte.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from struct import Struct

from wsproto.connection import Connection

from tgproto.link.assembly import BAD_PAYLOAD, INVALID_PAYLOAD, Assembler, Reactions
from tgproto.link.inbox import Inbox
from tgproto.link.masking import apply_mask
from tgproto.link.pieces import Pieces
from tgproto.role import Role

_FINAL_TEXT = 0x81
_MASKED = 0x80
_EXTENDED_16 = 126
_LAST_DATA_OPCODE = 2
_LENGTH_BYTES = [0] * 126 + [2, 8]
_LEAST_LENGTH = {0: 0, 2: 126, 8: 65536}
_KEY_BYTES = 4
_BLOCK = 4096
_first_four = Struct(">HH").unpack_from  # the first two bytes of a header, and the length if it is a long one


class FrameReader:
    """Reads the frames of one open connection.

    Args:
        connection: wsproto's machine, past the handshake.
        role: The role this side plays: a client takes unmasked frames, a server masked ones.
        compressed: Whether permessage-deflate was agreed on. There is no short cut then.
        max_message_bytes: Longest message.
        inbox: Where messages and pongs go.
        reactions: Where pings, the close frame and protocol errors go.
    """

    def __init__(
        self,
        connection: Connection,
        role: Role,
        *,
        compressed: bool,
        max_message_bytes: int,
        inbox: Inbox,
        reactions: Reactions,
    ) -> None:
        self._judge = Assembler(connection, max_message_bytes, inbox, reactions)
        self._inbox = inbox
        self._limit = max_message_bytes
        self._compressed = compressed
        self._mask_bit = _MASKED if role is Role.SERVER else 0
        self._key_bytes = _KEY_BYTES if role is Role.SERVER else 0
        self._header = b""  # the first bytes of a header that is not complete
        self._left = 0  # bytes that the current frame lacks
        self._is_text = False  # whether the current frame takes the short cut
        self._pieces = Pieces()  # the current frame, if it is kept until it is whole
        self._key = b""
        self._utf8 = getincrementaldecoder("utf-8")()
        self._message_bytes = 0  # declared by the frames of the current message

    def feed(self, data: bytes) -> None:
        """Take the next bytes. Those behind a close frame or a protocol error are ignored."""
        judge = self._judge
        if self._header:
            data = self._header + data
            self._header = b""
        pos, size = 0, len(data)
        while pos < size and not judge.ended:
            if self._left:
                pos = self._body(data, pos)
                continue
            if not judge.assembling and not self._compressed and size <= self._limit:
                pos = self._text_frames(data, pos)
            if pos < size:
                pos = self._begin(data, pos)

    def _text_frames(self, data: bytes, pos: int) -> int:
        """Cut out the run of whole valid text frames at `pos`; return where it ends.

        `data` is no longer than a message may be, so none of them is too long.
        """
        push = self._inbox.texts.append
        key_bytes = self._key_bytes
        empty = _FINAL_TEXT << 8 | self._mask_bit
        extended = empty | _EXTENDED_16
        header = 2 + key_bytes
        extended_header = header + 2
        size = len(data)
        last = size - 4
        while pos <= last:
            first_two, length = _first_four(data, pos)
            if first_two == extended:
                if length < _EXTENDED_16:
                    break
                start = pos + extended_header
            elif empty <= first_two < extended:
                length = first_two - empty
                start = pos + header
            else:
                break
            end = start + length
            if end > size:
                break
            payload = data[start:end]
            if key_bytes:
                payload = apply_mask(payload, data[start - key_bytes : start])
            if not payload.isascii() and not is_utf8(payload):
                break
            push(payload)
            pos = end
        return pos

    def _begin(self, data: bytes, pos: int) -> int:
        """Read the header of the frame at `pos`, whatever it is; return where its body begins."""
        judge, size = self._judge, len(data)
        if pos + 2 > size:
            return self._wait(data, pos)
        first, second = data[pos], data[pos + 1]
        opcode, length = first & 0x0F, second & 0x7F
        # Anything but a data frame is refused for a long length, and that on these two bytes.
        extra = _LENGTH_BYTES[length] if opcode <= _LAST_DATA_OPCODE else 0
        body = pos + 2 + extra
        if body > size:
            return self._wait(data, pos)
        if extra:
            length = int.from_bytes(data[pos + 2 : body], "big")
        shortest = length >= _LEAST_LENGTH[extra]
        plain = first == _FINAL_TEXT and second & _MASKED == self._mask_bit and shortest
        if plain and 0 < length <= self._limit and not judge.assembling and not self._compressed:
            if body + self._key_bytes > size:
                return self._wait(data, pos)
            return self._begin_text(data, body, length)
        self._is_text = False
        self._left = length + self._key_bytes
        if opcode <= _LAST_DATA_OPCODE:
            self._message_bytes = length + (self._message_bytes if judge.assembling else 0)
        judge.feed(data[pos:body])
        if self._message_bytes > self._limit and not judge.ended:
            judge.too_big()
        return body

    def _begin_text(self, data: bytes, key_start: int, length: int) -> int:
        """Begin a text frame that takes the short cut but is not whole; return where its body begins."""
        self._is_text = True
        self._left = length
        body = key_start + self._key_bytes
        self._key = data[key_start:body]
        return body

    def _wait(self, data: bytes, pos: int) -> int:
        """Keep an incomplete header until more comes."""
        self._header = data[pos:]
        return len(data)

    def _body(self, data: bytes, pos: int) -> int:
        """Take what there is of the current frame's body; return where that ends."""
        end = min(pos + self._left, len(data))
        piece = data[pos:end]
        self._left -= end - pos
        if self._is_text:
            self._text(piece)
        elif self._compressed:
            self._hold(piece)
        else:
            self._judge.feed(piece)
        return end

    def _text(self, piece: bytes) -> None:
        """Take a piece of a text frame; deliver the message with the last one."""
        if self._key:
            turn = len(piece) % _KEY_BYTES
            piece = apply_mask(piece, self._key)
            self._key = self._key[turn:] + self._key[:turn]
        if not self._goes_on_as_utf8(piece):
            self._judge.fail(INVALID_PAYLOAD, BAD_PAYLOAD)
            return
        self._pieces.add(piece)
        if not self._left:
            self._inbox.texts.append(self._pieces.take())

    def _goes_on_as_utf8(self, piece: bytes) -> bool:
        if piece.isascii() and not self._utf8.getstate()[0]:
            return True
        try:
            self._utf8.decode(piece, not self._left)
        except UnicodeDecodeError:
            return False
        return True

    def _hold(self, piece: bytes) -> None:
        """Keep a compressed frame until it is whole, then expand it in small blocks.

        Where the expansion is found to be too long, or not valid, then does not depend on how the
        frame arrived, and one block bounds how far it can overshoot the limit.
        """
        self._pieces.add(piece)
        if self._left:
            return
        body = self._pieces.take()
        for start in range(0, len(body), _BLOCK):
            if not self._judge.ended:
                self._judge.feed(body[start : start + _BLOCK])


def is_utf8(payload: bytes) -> bool:
    """Whether this is valid UTF-8."""
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
