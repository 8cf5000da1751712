"""Settings that coordinators change while the hub runs, and every change that was made of them."""

from __future__ import annotations

import sqlalchemy as sa

from referral_hub.errors import StaleVersion
from referral_hub.ids import new_id
from referral_hub.network_setting import NetworkSetting, SettingChange
from referral_hub.storage import rows
from referral_hub.storage.changes import ChangeStore
from referral_hub.storage.tables import matching as tables


class NetworkSettingStore:
    """The whole network's, so no organization is asked for. A setting's version is the change number of its name."""

    def __init__(self, connection: sa.Connection, changes: ChangeStore) -> None:
        self._connection = connection
        self._changes = changes

    def get(self, name: str) -> NetworkSetting | None:
        """The setting as it is now; None where nobody ever set it."""
        row = self._connection.execute(sa.select(tables.setting).where(tables.setting.c.name == name)).one_or_none()
        return None if row is None else rows.from_row(NetworkSetting, row)

    def save(self, setting: NetworkSetting, version: int) -> NetworkSetting:
        """Store the value over the one of `version`, raise the change number and keep the change.

        Raises:
            StaleVersion: somebody else changed the setting since `version`; facts: version.
        """
        # The number first: a second writer waits here for the first, and then sees that it is late.
        self._changes.raise_number(setting.name)
        number = self._changes.number(setting.name)
        if number != version + 1:
            raise StaleVersion("This was changed since you read it. Read it again and repeat your change.", version=number - 1)
        rows.upsert(self._connection, tables.setting, [setting])
        change = SettingChange(
            id=new_id(), name=setting.name, number=number, value=setting.value, changed_at=setting.changed_at, changed_by=setting.changed_by
        )
        rows.insert(self._connection, tables.setting_change, [change])
        return setting

    def history(self, name: str, limit: int) -> list[SettingChange]:
        """The last changes, the newest first."""
        changes = tables.setting_change
        statement = sa.select(changes).where(changes.c.name == name).order_by(changes.c.number.desc()).limit(limit)
        return [rows.from_row(SettingChange, row) for row in self._connection.execute(statement)]
