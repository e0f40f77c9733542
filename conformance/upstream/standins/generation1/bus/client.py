"""Those methods of Pulsar's client that upstream's code calls."""
# They have Pulsar's names and parameters.
# ruff: noqa: ARG002, D102

import time
from collections.abc import Mapping
from typing import Any

import _pulsar
import pulsar

from .topic import Item, Subscription, Topic, topic

SEND_TIME = 0.0005  # seconds, as with a broker on the same machine


class Message:
    """A message that a consumer received.

    Args:
        item: What the topic carried.
        schema: Decodes it.
    """

    def __init__(self, item: Item, schema: Any) -> None:
        self.item = item
        self._schema = schema

    def properties(self) -> Mapping[str, str]:
        return self.item.properties

    def value(self) -> Any:
        return self._schema.decode(self.item.data)


class Producer:
    """Sends to a topic.

    Args:
        target: The topic.
        schema: Encodes the messages.
    """

    def __init__(self, target: Topic, schema: Any) -> None:
        self._topic = target
        self._schema = schema

    def send(self, content: Any, properties: Mapping[str, str] | None = None) -> None:
        data = self._schema.encode(content)
        time.sleep(SEND_TIME)
        self._topic.put(Item(data, properties or {}))

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


class Consumer:
    """Receives from a subscription.

    Args:
        target: The topic.
        name: The subscription's name.
        subscription: The subscription.
        schema: Decodes the messages.
    """

    def __init__(self, target: Topic, name: str, subscription: Subscription, schema: Any) -> None:
        self._topic = target
        self._name = name
        self._subscription = subscription
        self._schema = schema
        self._closed = False

    def receive(self, timeout_millis: int) -> Message:
        deadline = time.monotonic() + timeout_millis / 1000
        with self._topic.changed:
            while not self._closed:
                item = self._subscription.take()
                if item is not None:
                    return Message(item, self._schema)
                now = time.monotonic()
                if now >= deadline:
                    raise _pulsar.Timeout("nothing received")
                wake = min(deadline, self._subscription.next_return() or deadline)
                self._topic.changed.wait(wake - now)
        raise _pulsar.AlreadyClosed("the consumer is closed")

    def acknowledge(self, message: Message) -> None:
        pass

    def negative_acknowledge(self, message: Message) -> None:
        if self._topic.persistent:
            with self._topic.changed:
                self._subscription.refuse(message.item)
                self._topic.changed.notify_all()

    def pause_message_listener(self) -> None:
        raise _pulsar.InvalidConfiguration("there is no listener")

    def unsubscribe(self) -> None:
        with self._topic.changed:
            self._topic.subscriptions.pop(self._name, None)

    def close(self) -> None:
        with self._topic.changed:
            if not self._closed:
                self._closed = True
                self._subscription.consumers -= 1
            self._topic.changed.notify_all()


class Client:
    """Connects to nothing; all clients share the topics of the process."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def create_producer(self, topic: str, schema: Any, **kwargs: object) -> Producer:
        return Producer(_topic(topic), schema)

    def subscribe(
        self,
        topic: str,
        subscription_name: str,
        consumer_type: Any = pulsar.ConsumerType.Exclusive,
        schema: Any = None,
        initial_position: Any = pulsar.InitialPosition.Latest,
        **kwargs: object,
    ) -> Consumer:
        target = _topic(topic)
        exclusive = consumer_type == pulsar.ConsumerType.Exclusive
        with target.changed:
            subscription = target.subscriptions.get(subscription_name)
            if subscription is None:
                subscription = target.subscriptions[subscription_name] = Subscription(exclusive)
                if initial_position == pulsar.InitialPosition.Earliest and target.newest:
                    subscription.add(target.newest)
            if subscription.consumers and (exclusive or subscription.exclusive):
                raise _pulsar.ConsumerBusy("the subscription is exclusive and has a consumer")
            subscription.consumers += 1
        return Consumer(target, subscription_name, subscription, schema)

    def close(self) -> None:
        pass


_topic = topic  # the methods have a parameter of that name
