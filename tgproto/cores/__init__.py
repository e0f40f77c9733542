"""Files of knowledge cores: records of msgpack, one after the other, as gateways export and import them."""

from tgproto.cores.reader import CoreReader
from tgproto.cores.writer import encode_record

__all__ = ["CoreReader", "encode_record"]
