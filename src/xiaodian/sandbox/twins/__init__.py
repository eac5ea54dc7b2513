"""The outside as network peers with faults on order: payment, messages, mail, carriers."""

from xiaodian.sandbox.twins.app import twins_app
from xiaodian.sandbox.twins.config import OpenSandbox, ScanStep, TwinsConfig
from xiaodian.sandbox.twins.journal import JournalBroken, JournalBusy
from xiaodian.sandbox.twins.server import PortTaken, run_twins, serve_twins

__all__ = [
    "JournalBroken",
    "JournalBusy",
    "OpenSandbox",
    "PortTaken",
    "ScanStep",
    "TwinsConfig",
    "run_twins",
    "serve_twins",
    "twins_app",
]
