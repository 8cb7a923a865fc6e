"""How fast the example ran, and what it took."""

from __future__ import annotations

from cardkit.outcome import Answer, Load, Speed
from cardkit.runner.memory import device_peak, peak


def speed(
    loads: tuple[Load, ...], answers: tuple[Answer, ...], gaps: list[float], device: str
) -> Speed:
    """Return the figures until now; gaps are seconds from each new token to the next."""
    tokens = sum(answer.new_tokens for answer in answers)
    seconds = sum(answer.seconds for answer in answers if answer.new_tokens)
    return Speed(
        load_seconds=sum(load.seconds for load in loads),
        tokens_per_second=tokens / seconds if tokens and seconds else None,
        latency_p50=percentile(gaps, 50),
        latency_p95=percentile(gaps, 95),
        peak_memory=peak(),
        device_peak_memory=device_peak(device),
    )


def percentile(values: list[float], percent: int) -> float | None:
    """Return the smallest value that so many percent are not above; None of no values.

    >>> percentile([3.0, 1.0, 2.0], 50), percentile([], 95)
    (2.0, None)
    """
    if not values:
        return None
    rank = -(-len(values) * percent // 100)  # rounded up
    return sorted(values)[max(rank, 1) - 1]
