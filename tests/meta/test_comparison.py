"""The comparer, and what records surfaces: a package that was made up, and what becomes of it."""

from __future__ import annotations

import json
from types import ModuleType

import pytest

from conformance.upstream import surface
from tests.meta.comparison import Difference, compare, judge

PLACE = "made.api"
ORIGINAL = """
import dataclasses, enum
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator

__all__ = ["Api", "Error"]
LIMIT = {"items": [3, None]}

class Error(Exception):
    def __init__(self, message, kind=None):
        super().__init__(message)
        self.message = message
        self.kind = kind

class Refused(Error): pass

class Lost(ConnectionError): pass

Failure = Error

class Colour(enum.Enum):
    RED = "red"

class Name(str):
    SIZE = 3

@dataclasses.dataclass
class Point:
    x: int
    y: int = 0
    tags: list = dataclasses.field(default_factory=list)

    @classmethod
    def parse(cls, text, sep=","): pass

@dataclasses.dataclass
class Sphere(Point):
    radius: int = 1

@dataclasses.dataclass
class Mark:
    text: str

def build(value, kind=None): return [value, kind, Error(value)]

class _Config:
    def __init__(self, api):
        self.api = api
    def get(self, key): raise OSError
    def keys(self, *kinds): raise OSError

class Api:
    def __init__(self, url="http://localhost/", timeout=60, token=None):
        self.url = url + "api/"
        self.timeout = timeout
        self._socket = None
    def config(self):
        return _Config(self)
    def socket(self):
        self._socket = self._socket or Socket(self.url)
        return self._socket
    def ask(self, question, limit=10, *, plain=False, **rest): pass
    async def wait(self, seconds): pass
    def pieces(self, n): yield 1
    async def later(self): yield 1
    @property
    def ready(self): return True
    def __enter__(self): return self
    async def __aexit__(self, *args): pass

class Socket:
    def __init__(self, url):
        self.url = url
    def flow(self, id):
        return Flow(self, id)

class Flow:
    def __init__(self, client, id):
        self.client = client
        self.id = id
"""


def package(*changes: tuple[str, str]) -> dict[str, ModuleType]:
    source = ORIGINAL
    for before, after in changes:
        assert source.count(before) == 1
        source = source.replace(before, after)
    module = ModuleType(PLACE)
    exec(compile(source, PLACE, "exec", dont_inherit=True), vars(module))
    return {PLACE: module}


def differences(*changes: tuple[str, str]) -> list[Difference]:
    record = surface.survey(package(), (PLACE, "Api"))
    return compare(json.loads(surface.layout(record)), package(*changes))


def test_the_same_is_no_difference() -> None:
    assert differences() == []


ENTER = "def __enter__(self): return self"
FACTORY = "dataclasses.field(default_factory=list)"
CHANGES = [
    ('__all__ = ["Api"', '__all__ = ["Point"', ": __all__"),
    ("__all__", "_all", ": __all__"),
    ("[3, None]", "[3, 0]", ".LIMIT: value"),
    ("LIMIT", "_LIMIT", ".LIMIT: missing"),
    ("Refused(Error)", "Refused(Exception)", ".Refused: ancestors, .Refused: constructor"),
    ("Lost(ConnectionError)", "Lost(OSError)", ".Lost: ancestors"),
    ("class Lost(ConnectionError)", "def Lost()", ".Lost: class"),
    ("Failure = Error", "class Failure(Error): pass", ".Failure: same"),
    ("Failure = Error", "", ".Failure: missing"),
    ("Failure = Error", "Failure = Error; Error.__name__ = 'E'", ".Error: name"),
    ("super().__init__(message)", "super().__init__()", ".Error: text"),
    ("self.kind = kind", "pass", ".Error: attribute kind"),
    ("message, kind=None", "message, kind=0", ".Error: constructor, .Error: attribute kind"),
    ('RED = "red"', 'RED = "r"', ".Colour.RED: value"),
    ("SIZE = 3", "SIZE = 4", ".Name.SIZE: value"),
    ("SIZE = 3", "pass", ".Name.SIZE: value"),
    ("class Name(str)", "class Name(bytes)", ".Name: ancestors, .Name: sample"),
    ("def build(value, kind=None)", "def build(value, kind=1)", ".build: parameters"),
    ("def build(", "build = 1\ndef _build(", ".build: kind"),
    ("[value, kind, Error(value)]", "[kind, kind, Error(value)]", ".build: returns"),
    ("[value, kind, Error(value)]", "[value, kind, OSError(value)]", ".build: returns"),
    ("return [value", "return [value.x", ".build: sample"),
    ("x: int", "x: int = 0", ".Point: constructor, .Point: fields"),
    ("y: int = 0", "y: int = 1", ".Point: constructor, .Point: fields, .Point: attribute y"),
    ("y: int = 0", "y: int = 0; z: int = 0", ".Point: constructor, .Point: fields"),
    (FACTORY, "None", ".Point: constructor, .Point: fields, .Point: attribute tags"),
    ("factory=list", "factory=tuple", ".Point: fields, .Point: attribute tags"),
    (
        "radius: int = 1",
        "radius: int = 2",
        ".Sphere: fields, .Sphere: attribute radius",
    ),
    ("dataclass\nclass Mark", "dataclass(frozen=True)\nclass Mark", ".Mark: frozen"),
    ("@classmethod\n    def parse(cls", "def parse(self", ".Point.parse: binding"),
    ("cls, text, sep", "cls, text, *, sep", ".Point.parse: parameters"),
    ("cls, text, sep=", "cls, sep, text=", ".Sphere.parse: parameters"),
    ("class Socket:", "class _Socket:", ".Socket: missing"),
    ("def ask(", "def tell(", ".Api.ask: missing"),
    ("self, question", "self, query", ".Api.ask: parameters"),
    ("question, limit=10", "limit, question=10", ".Api.ask: parameters"),
    ("limit=10, *, plain", "limit=10, plain", ".Api.ask: parameters"),
    ("limit=10", "limit", ".Api.ask: parameters"),
    (", **rest", "", ".Api.ask: parameters"),
    ("token=None", "token=None, *, fast=True", ".Api: constructor"),
    ("async def wait", "def wait", ".Api.wait: kind"),
    ("def pieces(self, n): yield 1", "def pieces(self, n): pass", ".Api.pieces: kind"),
    ("async def later", "def later", ".Api.later: kind"),
    ("def ask(", "async def ask(", ".Api.ask: kind"),
    ("**rest): pass", "**rest): yield", ".Api.ask: kind"),
    ("**rest)", "**rest) -> Awaitable[int]", ".Api.ask: kind"),
    ("@property\n    ", "", ".Api.ready: kind"),
    (ENTER, "", ".Api.__enter__: missing"),
    (ENTER, "__enter__ = 1", ".Api.__enter__: kind"),
    ("async def __aexit__", "def __aexit__", ".Api.__aexit__: kind"),
    ("self.timeout = timeout", "self.timeout = str(timeout)", ".Api(): attribute timeout"),
    ("self.timeout = timeout", "", ".Api(): attribute timeout"),
    ('url + "api/"', "url.s", ".Api(): call, .Api().config(): call"),
    ("self.api = api", "self.api = 1", ".Api().config(): attribute api"),
    ("return _Config(self)", "raise OSError", ".Api().config(): call"),
    ("def keys(self, *kinds)", "def keys(self, *k)", ".Api().config().keys: parameters"),
    ("self._socket or ", "", ".Api().socket(): kept"),
    ("return self._socket", "return Flow(self, 1)", ".Api().socket(): class"),
    ("self.id = id", "self.id = None", ".Api().socket().flow('id'): attribute id"),
]


@pytest.mark.parametrize(("before", "after", "keys"), CHANGES)
def test_a_change_is_a_difference(before: str, after: str, keys: str) -> None:
    found = {difference.key for difference in differences((before, after))}
    assert {f"{PLACE}{key}" for key in keys.split(", ")} <= found


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ('__all__ = ["Api"', '__all__ = ["Point"', ": __all__: lacks 'Api'; has 'Point'"),
        ("[3, None]", "[3, 0]", ".LIMIT: value: is {'items': [3, 0]}, recorded is {'items': [3, None]}"),
        ("Refused(Error)", "Refused(OSError)", ".Refused: ancestors: is no made.api.Error"),
        ("class Lost(ConnectionError): pass", "Lost = 1", ".Lost: class: is no class but 1"),
        ("self, question", "self, query", ".Api.ask: parameters: lacks 'question'; has 'query'"),
        ("limit=10, *, plain", "limit=10, plain",
         ".Api.ask: parameters: kind of 'plain' is positional or keyword, recorded is keyword-only"),
        ("limit=10", "limit", ".Api.ask: parameters: default of 'limit' is none, recorded is 10"),
        ("flow(self, id)", "flow(self, id, n)", ".Socket.flow: parameters: has 'n'"),
        ("async def wait", "def wait", ".Api.wait: kind: is a function, recorded is a coroutine"),
        ("timeout=60", "timeout=30", ".Api(): attribute timeout: is 30, recorded is 60"),
        ("self.api = api", "self.api = 1",
         ".Api().config(): attribute api: is 1, recorded is <made.api.Api>"),
    ],
)  # fmt: skip
def test_a_difference_tells_what_is_otherwise(before: str, after: str, text: str) -> None:
    assert PLACE + text in map(str, differences((before, after)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("async def wait(self, seconds)", "def wait(self, seconds) -> Awaitable[None]"),
        ("async def wait(self, seconds)", "def wait(self, seconds) -> 'Coroutine[int, int, int]'"),
        ("async def wait(self, seconds)", "def wait(self, seconds) -> Awaitable[int] | Awaitable[str]"),
        ("def pieces(self, n): yield 1", "def pieces(self, n) -> Iterator[int]: pass"),
        ("async def later(self): yield 1", "def later(self) -> AsyncIterator[int]: pass"),
        ("**rest): pass", "**rest) -> int | Iterator[int]: pass"),
        ("**rest): pass", "**rest) -> int | Awaitable[int]: pass"),
        ("def ask(self, question", "def more(self): pass\n    def ask(self, question"),
        ("def wait(self", "def wait(it"),
        ("class Flow:", "class Base:\n    pass\nclass Flow(Base):"),
        ("return Flow(self, id)", "return type('Special', (Flow,), {})(self, id)"),
        ("LIMIT =", "MORE = 1; LIMIT ="),
    ],
)
def test_what_users_do_not_see_is_no_difference(before: str, after: str) -> None:
    assert differences((before, after)) == []


@pytest.mark.parametrize("hint", ["int", "None | Awaitable[int]", "'Unknown'", "Iterator[int]", "list[int]"])
def test_only_a_promise_stands_for_a_coroutine(hint: str) -> None:
    (found,) = differences(("async def wait(self, seconds)", f"def wait(self, seconds) -> {hint}"))
    assert found.key == "made.api.Api.wait: kind"


def test_a_module_that_is_not_there() -> None:
    record = surface.survey(package(), (PLACE, "Api"))
    assert {difference.key for difference in compare(record, {PLACE: None})} == {"made.api: missing"}


def pair(*, shared: bool) -> dict[str, ModuleType]:
    modules = package() | {"made.types": ModuleType("made.types")}
    vars(modules["made.types"])["Point"] = vars((modules if shared else package())[PLACE])["Point"]
    return modules


def test_a_class_that_two_modules_share() -> None:
    record = surface.survey(pair(shared=True), (PLACE, "Api"))
    assert compare(record, pair(shared=True)) == []
    assert [difference.key for difference in compare(record, pair(shared=False))] == [
        "made.types.Point: same"
    ]


def test_classes_that_became_one() -> None:
    record = surface.survey(pair(shared=False), (PLACE, "Api"))
    assert compare(record, pair(shared=True)) == []


def test_what_is_wanted_is_not_wrong() -> None:
    wanted, other = Difference("a.b", "kind", "is c"), Difference("a.b", "parameters", "lacks 'd'")
    assert judge([wanted], {"a.b: kind": "because"}) == []
    assert judge([wanted, other], {"a.b: kind": "because"}) == ["a.b: parameters: lacks 'd'"]


def test_what_is_wanted_must_be() -> None:
    assert judge([], {"a.b: kind": "because"}) == ["a.b: kind: there is no such difference any more"]
