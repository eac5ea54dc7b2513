"""Who people are: buyers, merchant staff and operators; how they sign in and what they may do."""

from xiaodian.accounts.queries import (
    AccountView,
    OperatorView,
    email_of,
    find_account,
    get_account,
    get_accounts,
    list_operators,
    operators_with,
    phone_of,
    require_role,
    roles_of,
    same_person,
)
from xiaodian.accounts.rules import own_path
from xiaodian.accounts.service import (
    create_buyer,
    create_merchant,
    create_operator,
    make_demo_accounts,
    suspend_account,
)
from xiaodian.accounts.states import ROLE_WORDS, AccountState, Role

__all__ = [
    "ROLE_WORDS",
    "AccountState",
    "AccountView",
    "OperatorView",
    "Role",
    "create_buyer",
    "create_merchant",
    "create_operator",
    "email_of",
    "find_account",
    "get_account",
    "get_accounts",
    "list_operators",
    "make_demo_accounts",
    "operators_with",
    "own_path",
    "phone_of",
    "require_role",
    "roles_of",
    "same_person",
    "suspend_account",
]
