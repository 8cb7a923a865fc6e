"""What a model's files hold beside its parameters: their headers count it too (L2)."""

from __future__ import annotations

from cardkit.runner.renames import mapping
from cardkit.runner.scene import Scene, UntriedError
from cardkit.runner.weight_files import stored


def beside(scene: Scene) -> int:
    """Return how many floating-point values of the files are no parameters of the model.

    They are saved buffers, tensors that the class leaves out, and second copies of tied ones. 0
    where the files cannot be read: then there is no count of their headers either.
    """
    model = scene.model
    try:
        files = stored(scene)
        memory = dict(model.state_dict(keep_vars=True))
        became = mapping(model, [*files], memory, scene.arguments.get("key_mapping"))
    except UntriedError:
        return 0
    parameters = {id(each) for each in model.parameters()}
    seen: set[int] = set()
    left = list(became.homeless)
    for name, target in became.plain.items():
        place = id(memory[target])
        if place not in parameters or place in seen:
            left.append(name)
        seen.add(place)
    return sum(files[name].size for name in left if "float" in files[name].dtype)
