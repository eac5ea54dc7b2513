"""The life of an account, as a table."""

from __future__ import annotations

from enum import StrEnum

from xiaodian.kernel.states import LifeCycle

__all__ = ["ACCOUNT", "ROLE_WORDS", "STATE_WORDS", "AccountEvent", "AccountState", "Role"]


class AccountState(StrEnum):
    """Whether an account may be used."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETED = "deleted"


class AccountEvent(StrEnum):
    """What can happen to an account."""

    SUSPEND = "suspend"
    RESTORE = "restore"
    DELETE = "delete"


_S, _E = AccountState, AccountEvent

ACCOUNT = LifeCycle(
    {
        (_S.ACTIVE, _E.SUSPEND): _S.SUSPENDED,
        (_S.SUSPENDED, _E.RESTORE): _S.ACTIVE,
        # A suspended account keeps its facts until the matter is settled.
        (_S.ACTIVE, _E.DELETE): _S.DELETED,
    }
)

STATE_WORDS: dict[AccountState, str] = {
    _S.ACTIVE: "正常",
    _S.SUSPENDED: "已停用",
    _S.DELETED: "已注销",
}


class Role(StrEnum):
    """What an operator is there for. Roles do not contain each other: duties stay apart."""

    REVIEWER = "reviewer"
    FINANCE = "finance"
    ADMINISTRATOR = "administrator"


ROLE_WORDS: dict[Role, str] = {
    Role.REVIEWER: "审核",
    Role.FINANCE: "财务",
    Role.ADMINISTRATOR: "管理员",
}
