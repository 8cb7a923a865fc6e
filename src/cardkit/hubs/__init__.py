"""Hubs: where models come from, and how their files are brought here exactly.

One hub is one file that fulfils `hub.Hub`, and a row of `table.HUBS`. `fetch` brings a model,
`read_card` only its card.
"""

from __future__ import annotations

from cardkit.hubs.cards import HubCard, read_card
from cardkit.hubs.faults import HubError
from cardkit.hubs.fetching import Fetched, fetch
from cardkit.hubs.table import HUBS

__all__ = ["HUBS", "Fetched", "HubCard", "HubError", "fetch", "read_card"]
