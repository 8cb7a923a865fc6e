"""What an example asks, read from it without running it."""

from __future__ import annotations

from cardkit.plan import Plan
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.written import ANSWERS, Asked, documented
from cardkit.snippets import code as snippets
from cardkit.snippets.trace import Filled


def parsed_example(plan: Plan) -> Asked:
    """Return the text that an example sends and the settings it sends it with.

    Raises RefusedError where no text can be told: nothing is sent, or more than one text, or a
    conversation whose prompt format is not known.
    """
    usage = snippets.read(plan.source.code or "", "python")
    if usage is None or plan.kind not in ANSWERS:
        return documented(plan)
    texts = [text for text in usage.sent if not isinstance(text, Filled) or text.whole]
    if plan.prompt is None and (usage.chat or len(texts) != 1):
        raise RefusedError("card.prompt_missing", "the text that the example sends cannot be told")
    known = {name: setting.value for name, setting in plan.entry.generation.items()}
    asked = documented(plan) if plan.prompt is not None else None
    stop = asked.stop if asked else tuple(each.value for each in plan.entry.prompt.stop)
    sent = [text for text in texts if plan.asked and plan.asked in text]
    text = plan.prompt if plan.prompt is not None else str(texts[0])
    if len(sent) == 1 and not usage.chat and len(sent[0]) > len(plan.asked or ""):
        text = str(sent[0])  # with the example's own words around it
    return Asked(
        text=text,
        generation=dict(usage.generation) or known,
        stop=stop,
        dtype=usage.dtype or (plan.entry.load.dtype.value if plan.entry.load.dtype else None),
    )
