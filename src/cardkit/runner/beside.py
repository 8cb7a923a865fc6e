"""What a model's files hold beside its parameters: their headers count it too (L2)."""

from __future__ import annotations

from typing import NamedTuple

from cardkit.runner.renames import mapping
from cardkit.runner.scene import Scene, UntriedError
from cardkit.runner.weight_files import stored


class Beside(NamedTuple):
    """Floating-point values of the files that are no parameters of the model."""

    beside: int
    """All: saved buffers, tensors that the class leaves out, second copies of tied ones."""
    copies: int
    """The second copies among them."""


def beside(scene: Scene) -> Beside:
    """Return how many values of the files are no parameters of the model.

    None where the files cannot be read: then there is no count of their headers either.
    """
    model = scene.model
    try:
        files = stored(scene)
        memory = dict(model.state_dict(keep_vars=True))
        became = mapping(model, [*files], memory, scene.arguments.get("key_mapping"))
    except UntriedError:
        return Beside(0, 0)
    parameters = {id(each) for each in model.parameters()}
    seen: set[int] = set()
    left, again = list(became.homeless), []
    for name, target in became.plain.items():
        place = id(memory[target])
        if place not in parameters:
            left.append(name)
        elif place in seen:
            again.append(name)
        seen.add(place)
    copies = sum(files[name].size for name in again if "float" in files[name].dtype)
    return Beside(
        copies + sum(files[name].size for name in left if "float" in files[name].dtype), copies
    )
