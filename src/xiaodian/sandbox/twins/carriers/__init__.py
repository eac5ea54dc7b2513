"""Carriers as network peers: accounts, waybills, scans, and signed word of each scan."""

from xiaodian.sandbox.twins.carriers.twin import CARRIERS_DOORS, CarriersTwin

__all__ = ["CARRIERS_DOORS", "CarriersTwin"]
