"""`hub.channels`: where the organisation is written to; and the two ways in for what people write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from contacthub.engine.port import Progress
from contacthub.errors import FileError, NotFound
from contacthub.operations.history import Operation

if TYPE_CHECKING:
    from contacthub.channels import Channel, IngestReport
    from contacthub.hub.front import Hub


class Channels:
    """The channels of a hub: iterable, `len()`, `in`, `get`, `create`, `rename`, `delete`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def __iter__(self) -> Iterator[Channel]:
        from contacthub.channels.registry import channels

        return iter(channels(self._hub.session))

    def __len__(self) -> int:
        return self._hub.store.count("channels")

    def __contains__(self, name: object) -> bool:
        from contacthub.channels.registry import Registry

        return Registry(self._hub.session).get(str(name)) is not None

    def get(self, name: str) -> Channel:
        """The channel of a name, a uuid or a phone number id. Raises NotFound (`unknown_channel`)."""
        from contacthub.channels.registry import Registry

        return Registry(self._hub.session).found(name)

    def create(
        self,
        name: str,
        type: str = "whatsapp",
        *,
        address: str = "",
        schemes: Iterable[str] | None = None,
        phone_number_id: str = "",
        portfolio: str = "",
    ) -> Channel:
        """A new channel: `type` is whatsapp, telegram, sms, webchat, email, …; `schemes` are those of the people on
        it, by default what the type says. WhatsApp's payloads are routed by `phone_number_id`; `portfolio` tells its
        business portfolios apart where the hub has several. Raises InvalidValue, Refused (`exists`), NotAllowed."""
        from contacthub.channels import registry

        registry.create(
            self._hub.session, name, type,
            address=address, schemes=schemes, phone_number_id=phone_number_id, portfolio=portfolio,
        )  # fmt: skip
        return self.get(name)

    def rename(self, name: str, new: str) -> Operation:
        """Give another name. Raises NotFound, InvalidValue, Refused (`exists`), NotAllowed."""
        from contacthub.channels import registry

        return registry.rename(self._hub.session, name, new)

    def delete(self, name: str) -> Operation:
        """Take a channel away; contacts that wrote to it stay, and an undo brings it back. Raises NotFound,
        NotAllowed."""
        from contacthub.channels import registry

        return registry.delete(self._hub.session, name)

    def __repr__(self) -> str:
        return f"<Channels: {len(self)}>"


def ingest(hub: Hub, source: str | Path | Iterable[str | bytes], progress: Progress | None) -> IngestReport:
    """Take in a file of payloads, or its lines."""
    from contacthub.channels.ingest import ingest as ingest_lines

    if not isinstance(source, str | Path):
        return ingest_lines(hub.session, source, progress)
    try:
        with Path(source).open("rb") as file:
            total = sum(1 for _ in file)
            file.seek(0)
            told = None if progress is None else lambda done, _: progress(done, total)
            return ingest_lines(hub.session, file, told)
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {source}.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(f"{source} cannot be read: {reason}.", code="cannot_open", path=str(source)) from error
