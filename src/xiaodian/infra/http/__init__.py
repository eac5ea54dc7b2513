"""The web edge: who asks, under which key, and how the answer goes out."""

from xiaodian.infra.http.edge import (
    FORM_KEY,
    KeyRequired,
    SignInRequired,
    actor,
    answer,
    client_address,
    forget_sessions,
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
from xiaodian.infra.http.sandbox import SandboxClosed, SandboxKeyRequired, admit_to_sandbox

__all__ = [
    "FORM_KEY",
    "Edge",
    "KeyRequired",
    "SandboxClosed",
    "SandboxKeyRequired",
    "SignInRequired",
    "actor",
    "admit_to_sandbox",
    "answer",
    "client_address",
    "forget_sessions",
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
