"""The simulated NPU is to a program what a device of torch is."""

from __future__ import annotations

from pathlib import Path

import pytest

from npu_kit.asking import Ask, ThereError

N = "n = torch.arange(6.).reshape(2, 3).to('npu:0'); "
"""[[0, 1, 2], [3, 4, 5]]"""


def test_it_is_there_and_says_that_it_is_simulated(npu: Ask) -> None:
    assert (
        npu(
            "import torch_npu, importlib.metadata; "
            "[torch.npu.is_simulated, torch_npu.is_simulated, torch_npu.npu is torch.npu,"
            " torch_npu.__version__ == importlib.metadata.version('torch_npu'),"
            " torch.__version__.startswith(torch_npu.__version__)]"
        )
        == [True] * 5
    )


def test_it_answers_what_programs_ask(npu: Ask) -> None:
    assert npu(
        "[torch.npu.is_available(), torch.npu.device_count(), torch.npu.current_device(),"
        " torch.npu.set_device('npu:0'), torch.npu.synchronize(), torch.npu.empty_cache(),"
        " torch.npu.get_device_name(0), torch.npu.get_device_properties(0).total_memory,"
        " torch.npu.is_bf16_supported(), str(torch.accelerator.current_accelerator()),"
        " torch.accelerator.synchronize()]"
    ) == [True, 1, 0, None, None, None, "NPU of the test kit", 64 * 2**30, True, "npu", None]


@pytest.mark.parametrize(
    "made",
    [
        "torch.zeros(2, device='npu')",
        "torch.empty(2, device='npu:0')",
        "torch.tensor([1, 2], device='npu')",
        "torch.arange(3, device=torch.device('npu', 0))",
        "torch.full((2,), 7, device='npu')",
        "torch.linspace(0, 1, 3, device='npu')",
        "torch.rand(2, device='npu')",
        "torch.randint(0, 9, (2,), device='npu')",
        "torch.randperm(4, device='npu')",
        "torch.ones(2).npu()",
        "torch.ones(2).to('npu:0')",
        "torch.ones(2).to('npu', torch.float16)",
        "torch.ones(2).to(torch.zeros(1, device='npu'))",
        "torch.ones_like(torch.zeros(2), device='npu')",
        "torch.ones(2, device='npu').new_zeros(3)",
        "torch.nn.Linear(2, 2).to('npu:0').weight",
        "torch.nn.Linear(2, 2).npu().bias",
        "torch.nn.Linear(2, 2, device='npu').weight",
        "torch.nn.Buffer(torch.ones(2, device='npu'))",
        "torch.Tensor.npu(torch.zeros(0, 3))",
        "__import__('copy').deepcopy(torch.ones(2, device='npu'))",
    ],
)
def test_what_is_made_on_it_is_on_it(npu: Ask, made: str) -> None:
    assert npu(f"made = {made}; [str(made.device), made.is_npu, made.is_cpu]") == [
        "npu:0",
        True,
        False,
    ]


def test_a_block_can_make_it_the_default(npu: Ask) -> None:
    code = (
        "with torch.device('npu'): made = [torch.ones(1), torch.tensor([1]), torch.ones(1).cpu()]\n"
    )
    assert npu(code + "[str(one.device) for one in made]") == ["npu:0", "npu:0", "cpu"]


@pytest.mark.parametrize(
    ("computed", "value"),
    [
        ("n[0]", [0, 1, 2]),
        ("n[:, 1:]", [[1, 2], [4, 5]]),
        ("n[n > 3]", [4, 5]),
        ("n[torch.tensor([1])]", [[3, 4, 5]]),  # an index may be on the CPU
        ("n[..., None].shape", [2, 3, 1]),
        ("n.T.contiguous()", [[0, 3], [1, 4], [2, 5]]),
        ("n.view(3, 2)", [[0, 1], [2, 3], [4, 5]]),
        ("n.view(torch.int32)[0]", [0, 1065353216, 1073741824]),
        ("n @ n.T", [[5, 14], [14, 50]]),
        ("n + torch.tensor(1.)", [[1, 2, 3], [4, 5, 6]]),  # and so may a number
        ("n % 4", [[0, 1, 2], [3, 0, 1]]),
        ("n.int() & 1", [[0, 1, 0], [1, 0, 1]]),
        ("n.copysign(-1.)[1]", [-3, -4, -5]),
        ("torch.tensor(5, device='npu') % 3.5", 1.5),
        (
            "torch.view_as_real(torch.view_as_complex(n.view(3, 2)).conj().resolve_conj())[1]",
            [2, -3],
        ),
        ("torch.view_as_complex(n[:, 1:].contiguous()).conj().imag", [-2, -5]),
        ("torch.nn.functional.conv1d(n[None], torch.ones(1, 2, 2).npu())", [[[8, 12]]]),
        ("torch.where(n > 3, n, 0)", [[0, 0, 0], [0, 4, 5]]),
        ("torch.cat([n, n[:1]])", [[0, 1, 2], [3, 4, 5], [0, 1, 2]]),
        ("n.topk(2).indices", [[2, 1], [2, 1]]),
        ("n.sort(descending=True).values", [[2, 1, 0], [5, 4, 3]]),
        ("n.cumsum(-1)", [[0, 1, 3], [3, 7, 12]]),
        ("n.max(1).values", [2, 5]),
        ("n.nonzero()[:2]", [[0, 1], [0, 2]]),
        ("[part.tolist() for part in n.split(2, dim=1)]", [[[0, 1], [3, 4]], [[2], [5]]]),
        ("n.half()", [[0, 1, 2], [3, 4, 5]]),
        ("n.bfloat16().float()", [[0, 1, 2], [3, 4, 5]]),
        ("torch.histc(n.int(), bins=3, min=0, max=5)", [2, 2, 2]),
        ("n.sum().item()", 15),
        ("float(n.mean())", 2.5),
        ("bool((n == n).all())", True),
        ("n.cpu().numpy()", [[0, 1, 2], [3, 4, 5]]),
        ("n.to('cpu', torch.int64)", [[0, 1, 2], [3, 4, 5]]),
        ("torch.arange(4, device='npu').resize_(2)", [0, 1]),
        ("n.clone().unsqueeze_(0).transpose_(1, 2).shape", [1, 3, 2]),
        ("torch.eye(2, out=torch.empty(0, device='npu'))", [[1, 0], [0, 1]]),
        ("torch.empty(0, device='npu').set_(n.untyped_storage(), 2, (2,), (3,))", [2, 5]),
        ("n.as_strided((2,), (3,), 1)", [1, 4]),
        ("n[1:].as_strided((2,), (1,), 0)", [0, 1]),  # counted from where the memory begins
    ],
)
def test_it_computes_what_the_cpu_computes(npu: Ask, computed: str, value: object) -> None:
    assert npu(f"{N} x = {computed}; x.tolist() if hasattr(x, 'tolist') else x") == value


def test_views_share_their_memory(npu: Ask) -> None:
    assert npu(
        "x = torch.zeros(4, device='npu'); x[1:3] = 5; x[0] += 1; x.add_(1); v = x[2:];"
        "v.zero_(); v.view(2, 1).t()[0, 1] = 9; "
        "[x.tolist(), v.data_ptr() - x.data_ptr(), v.storage_offset(),"
        " v.untyped_storage().data_ptr() == x.untyped_storage().data_ptr(), v._base is x]"
    ) == [[2, 6, 0, 9], 8, 2, True, True]


def test_a_tensor_prints_its_device(npu: Ask) -> None:
    assert npu("str(torch.ones(2, device='npu'))") == "tensor([1., 1.], device='npu:0')"
    assert npu("repr(torch.ones(1, 1, device='npu').half())") == (
        "tensor([[1.]], device='npu:0', dtype=torch.float16)"
    )


def test_a_copy_on_the_cpu_is_a_copy(npu: Ask) -> None:
    assert npu(N + "c = n.cpu(); n.zero_(); c2 = n.cpu(); c2 += 1; [c.sum().item(), n.sum().item()]"
    ) == [15, 0]  # fmt: skip


def test_autocast_multiplies_in_half_precision(npu: Ask) -> None:
    assert npu(
        f"{N} m = torch.nn.Linear(3, 2).npu()\n"
        "with torch.autocast('npu', dtype=torch.bfloat16):\n"
        "    made = [m(n), n @ n.T, n + n, m(n).softmax(-1)]\n"
        "[str(one.dtype) for one in [*made, m(n)]]"
    ) == [f"torch.{name}" for name in ("bfloat16", "bfloat16", "float32", "float32", "float32")]


def test_gradients_flow(npu: Ask) -> None:
    assert npu(
        N + "w = torch.ones(2, 3, device='npu', requires_grad=True); (w * n).sum().backward(); "
        "[w.grad.tolist(), str(w.grad.device)]"
    ) == [[[0, 1, 2], [3, 4, 5]], "npu:0"]


TWO = "RuntimeError: Expected all tensors to be on the same device, but found at least two devices"
WHERE = " (when checking argument for argument {} in method wrapper_NPU_{})"


@pytest.mark.parametrize(
    ("computed", "error"),
    [
        ("n + c", f"{TWO}, npu:0 and cpu!"),
        ("c * n", f"{TWO}, npu:0 and cpu!"),
        ("n.add_(c)", f"{TWO}, npu:0 and cpu!"),
        ("n @ c.T", f"{TWO}, npu:0 and cpu!{WHERE.format('mat2', 'mm')}"),
        ("torch.cat([n, c])", f"{TWO}, npu:0 and cpu!{WHERE.format('tensors', 'cat')}"),
        (
            "torch.nn.functional.embedding(torch.tensor([1]), n)",
            f"{TWO}, npu:0 and cpu!{WHERE.format('index', 'index_select')}",
        ),
        (
            "torch.nn.Linear(3, 2).npu()(c)",
            f"{TWO}, npu:0 and cpu!{WHERE.format('mat1', 'addmm')}",
        ),
        (
            "torch.nn.Linear(3, 2)(n)",
            f"{TWO}, cpu and npu:0!{WHERE.format('mat1', 'addmm')}",
        ),
        (
            "c[torch.tensor([0]).npu()]",
            "RuntimeError: indices should be either on cpu or on the same device as the indexed "
            "tensor (cpu)",
        ),
        (
            "n.numpy()",
            "TypeError: can't convert npu:0 device type tensor to numpy. Use Tensor.cpu() to "
            "copy the tensor to host memory first.",
        ),
        (
            "torch.rand(1, device='npu', generator=torch.Generator())",
            "RuntimeError: Expected a 'npu' device type for generator but found 'cpu'",
        ),
        (
            "torch.ones(1, device='npu:1')",
            "RuntimeError: Invalid device ID 1: the simulated NPU is npu:0 alone",
        ),
        (
            "c.to('npu:1')",
            "RuntimeError: Invalid device ID 1: the simulated NPU is npu:0 alone",
        ),
    ],
)
def test_two_devices_do_not_mix(npu: Ask, computed: str, error: str) -> None:
    with pytest.raises(ThereError) as raised:
        npu(f"{N} c = torch.ones(2, 3); {computed}; None")
    assert str(raised.value) == error


def test_its_memory_is_counted_in_bytes(npu: Ask) -> None:
    assert npu(
        "before = torch.npu.memory_allocated(); torch.npu.reset_peak_memory_stats(); "
        "a = torch.zeros(1000, device='npu'); v = a[10:]; "
        "b = torch.zeros(500, device='npu').half(); "
        "said = [torch.npu.memory_allocated() - before]; del a; "
        "said += [torch.npu.memory_allocated() - before]; del v, b; "
        "said += [torch.npu.memory_allocated() - before]; "
        "free, total = torch.npu.mem_get_info(); "
        "[*said, torch.npu.max_memory_allocated() - before, total - free - before]"
    ) == [5000, 5000, 0, 7000, 0]


def test_seeds_rule_its_random_numbers_which_are_not_the_cpus(npu: Ask) -> None:
    draw = "torch.rand(4, device='npu').tolist()"
    assert npu(
        f"torch.manual_seed(3); a = {draw}; other = {draw}; torch.manual_seed(3); b = {draw}; "
        "torch.manual_seed(3); cpu = torch.rand(4).tolist(); torch.npu.manual_seed_all(3); "
        f"c = {draw}; state = torch.npu.get_rng_state(); d = {draw}; "
        f"torch.npu.set_rng_state(state); e = {draw}; "
        "[a == b, a == c, d == other, d == e, a == other, a == cpu, torch.npu.initial_seed()]"
    ) == [True, True, True, True, False, False, 3]


def test_a_generator_of_its_own_draws_alike(npu: Ask) -> None:
    draw = "torch.randn(4, device='npu', generator=g).tolist()"
    assert npu(
        f"g = torch.Generator('npu').manual_seed(5); a = {draw}; g.manual_seed(5); "
        f"torch.manual_seed(1); b = {draw}; "
        "[a == b, str(g.device), g.initial_seed(), isinstance(g, torch.Generator),"
        " isinstance(torch.default_generator, torch.Generator), str(torch.Generator().device)]"
    ) == [True, "npu:0", 5, True, True, "cpu"]


@pytest.mark.parametrize(
    "drawn",
    [
        "torch.multinomial(torch.ones(50, device='npu'), 8)",
        "torch.nn.functional.dropout(torch.ones(64, device='npu'))",
        "torch.bernoulli(torch.full((64,), .5, device='npu'))",
        "torch.randn_like(torch.ones(4, device='npu'))",
        "torch.normal(0., 1., (4,), device='npu')",
        "torch.ones(4, device='npu').exponential_()",
    ],
)
def test_drawing_on_it_leaves_the_cpus_numbers_alone(npu: Ask, drawn: str) -> None:
    assert npu(
        f"torch.manual_seed(3); cpu = torch.rand(4).tolist(); draw = lambda: {drawn}.tolist(); "
        "torch.manual_seed(3); a = draw(); b = draw(); same = torch.rand(4).tolist() == cpu; "
        "torch.manual_seed(3); [a == draw(), a == b, same]"
    ) == [True, False, True]


def test_it_is_saved_as_hardware_saves(npu: Ask, tmp_path: Path) -> None:
    file = str(tmp_path / "n.pt")
    assert npu(
        f"{N} torch.save({{'a': n, 'b': n[1]}}, {file!r}); here = torch.load({file!r}); "
        f"cpu = torch.load({file!r}, map_location='cpu'); "
        f"torch.save(torch.ones(2), {file!r}); there = torch.load({file!r}, map_location='npu:0'); "
        "[str(here['a'].device), here['b'].tolist(), str(cpu['a'].device), cpu['b'].tolist(),"
        " cpu['b'].data_ptr() - cpu['a'].data_ptr(), str(there.device), there.tolist()]"
    ) == ["npu:0", [3, 4, 5], "cpu", [3, 4, 5], 12, "npu:0", [1, 1]]


def test_safetensors_writes_and_reads_it(npu: Ask, tmp_path: Path) -> None:
    file = str(tmp_path / "n.safetensors")
    assert npu(
        f"import safetensors.torch as s; {N} s.save_file({{'a': n, 'b': n.half()}}, {file!r}); "
        f"cpu = s.load_file({file!r}); there = s.load_file({file!r}, device='npu:0'); "
        "[cpu['a'].tolist(), str(cpu['b'].dtype), str(there['a'].device), there['b'].tolist()]"
    ) == [[[0, 1, 2], [3, 4, 5]], "torch.float16", "npu:0", [[0, 1, 2], [3, 4, 5]]]
