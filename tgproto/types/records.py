"""Records that the gateway keeps: flows, collections and users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tgproto.types.record import Record
from tgproto.types.wire import Json


@dataclass(frozen=True, slots=True)
class FlowRecord(Record):
    """A flow as the gateway keeps it. Subscription reaches everything else in the record.

    Attributes:
        id: Its id.
        blueprint_name: What it was started from: a blueprint, or a class on 1.x gateways.
        description: What people wrote about it.
        parameters: What it was started with.
        interfaces: Queues of its services by service name; one queue, or several by their purpose.
        status: `stopping` while a 2.x gateway takes it down; otherwise usually empty.
        payload: JSON text of the record, an object.
    """

    id: str
    blueprint_name: str = ""
    description: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])
    interfaces: Mapping[str, Json] = field(default_factory=dict[str, Json])
    status: str = ""
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class CollectionMetadata(Record):
    """What the gateway keeps about a collection.

    Attributes:
        collection: Its id, the one that operations take.
        name: What to call it.
        description: What people wrote about it.
        tags: Words to find it by.
        user: Whose it is, on 1.x gateways; otherwise empty.
        created_at: When it was made, ISO 8601 without a time zone, on 1.x gateways, but for the answer to
            a change; otherwise empty.
        updated_at: When this record was last changed, in the same form.
        payload: JSON text of the record, an object.
    """

    collection: str
    name: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    user: str = ""
    created_at: str = ""
    updated_at: str = ""
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class UserRecord(Record):
    """A user of a 2.x gateway.

    Attributes:
        id: Its id, which is not the name to log in with.
        username: The name to log in with.
        default_workspace: The workspace of requests that name none.
        name: What to call the user.
        email: Address, possibly empty.
        roles: Names of the roles, for instance `reader`, `writer`, `admin`.
        enabled: Whether the user may use the gateway.
        must_change_password: Whether the password is to be changed.
        created: When the user was made, ISO 8601.
        payload: JSON text of the record, an object.
    """

    id: str = ""
    username: str = ""
    default_workspace: str = ""
    name: str = ""
    email: str = ""
    roles: tuple[str, ...] = ()
    enabled: bool = False
    must_change_password: bool = False
    created: str = ""
    payload: bytes = field(default=b"{}", repr=False, compare=False)
