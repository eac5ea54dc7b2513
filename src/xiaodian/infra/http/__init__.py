"""The web edge: who asks, under which key, and how the answer goes out."""

from xiaodian.infra.http.edge import (
    FORM_KEY,
    KeyRequired,
    SignInRequired,
    actor,
    answer,
    client_address,
    form,
    json_answer,
    key,
    optional_actor,
    page,
    read_json,
    redirect,
    runtime,
    set_session,
)
from xiaodian.infra.http.middleware import Edge

__all__ = [
    "FORM_KEY",
    "Edge",
    "KeyRequired",
    "SignInRequired",
    "actor",
    "answer",
    "client_address",
    "form",
    "json_answer",
    "key",
    "optional_actor",
    "page",
    "read_json",
    "redirect",
    "runtime",
    "set_session",
]
