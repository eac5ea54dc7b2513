"""What can be done with merchants, applications and shops; the only writer of their tables."""

from xiaodian.merchants.service.applications import (
    answer_supplement,
    edit_application,
    expire,
    reopen,
    start_application,
    submit,
    withdraw,
)
from xiaodian.merchants.service.checking import Question, begin_checks, finish_checks
from xiaodian.merchants.service.documents import (
    open_paper,
    paper_link,
    reuse_document,
    save_document,
)
from xiaodian.merchants.service.judging import applicant_of, objections_to, preconditions_of
from xiaodian.merchants.service.organisation import bind_account, my_merchant
from xiaodian.merchants.service.payout import (
    decide_payout_account,
    finish_payout_check,
    payout_question,
    set_payout_account,
)
from xiaodian.merchants.service.reviewing import (
    approve,
    ask_supplement,
    claim_review,
    is_reviewer_of,
    reject,
)
from xiaodian.merchants.service.shops import (
    ban_shop,
    clear_flag,
    lift_suspension,
    open_shop,
    operator_ban,
    operator_lift,
    operator_suspend,
    set_flag,
    suspend_shop,
)
from xiaodian.merchants.service.staff import (
    accept_invitation,
    cancel_invitation,
    decline_invitation,
    invite_staff,
    remove_staff,
    set_rights,
)

__all__ = [
    "Question",
    "accept_invitation",
    "answer_supplement",
    "applicant_of",
    "approve",
    "ask_supplement",
    "ban_shop",
    "begin_checks",
    "bind_account",
    "cancel_invitation",
    "claim_review",
    "clear_flag",
    "decide_payout_account",
    "decline_invitation",
    "edit_application",
    "expire",
    "finish_checks",
    "finish_payout_check",
    "invite_staff",
    "is_reviewer_of",
    "lift_suspension",
    "my_merchant",
    "objections_to",
    "open_paper",
    "open_shop",
    "operator_ban",
    "operator_lift",
    "operator_suspend",
    "paper_link",
    "payout_question",
    "preconditions_of",
    "reject",
    "remove_staff",
    "reopen",
    "reuse_document",
    "save_document",
    "set_flag",
    "set_payout_account",
    "set_rights",
    "start_application",
    "submit",
    "suspend_shop",
    "withdraw",
]
