"""The package as a whole: light to import, writes nothing, all names documented."""

import importlib
import inspect
import json
import os
import pkgutil
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import d2lmini
from d2lmini import best_device, load_results, pick, results, set_seed

# What a program that only loads data has imported, and each file it opened to write,
# made, moved or removed on the way.
PROGRAM = """
import json, os, sys

written = []

def audit(event, args):
    if event == "open":
        path, mode, flags = args
        if flags and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            written.append(str(path))
    elif event in ("os.mkdir", "os.rename", "os.remove", "os.symlink", "os.truncate"):
        written.append(f"{event}{args}")

sys.addaudithook(audit)
import d2lmini
modules = [name for name in sys.modules if "." not in name]
data = d2lmini.load_data("fashion", "test")
written = [path for path in written if path != os.devnull]
print(json.dumps({"modules": modules, "written": written, "images": len(data)}))
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """What PROGRAM reports when there is no home to write to."""
    home = tmp_path_factory.mktemp("nobody") / "home"  # does not exist
    here = tmp_path_factory.mktemp("here")
    root = str(Path(d2lmini.__file__).parents[1])
    places = ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "TORCH_HOME")
    env = {
        **os.environ,
        **dict.fromkeys(places, str(home)),
        **{"PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"},
    }
    run = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(
        run, env=env, cwd=here, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not home.exists()
    assert list(here.iterdir()) == []
    return json.loads(done.stdout)


def test_importing_it_imports_neither_torchvision_nor_matplotlib(fresh):
    assert {"d2lmini", "torch"} <= set(fresh["modules"])
    assert not {"torchvision", "matplotlib", "PIL"} & set(fresh["modules"])


def test_importing_it_and_loading_data_writes_nothing_and_needs_no_home(fresh):
    assert fresh["written"] == []
    assert fresh["images"] == 10_000


# names


def test_the_public_names_are_sorted_few_and_there():
    names = d2lmini.__all__
    assert len(names) < 40

    def constants_then_classes_then_functions(name):
        return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)

    assert names == sorted(set(names), key=constants_then_classes_then_functions)
    imported = {
        name
        for name, value in vars(d2lmini).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert imported == set(names)


def definitions():
    for info in pkgutil.walk_packages(d2lmini.__path__, "d2lmini."):
        module = importlib.import_module(info.name)
        yield info.name, module
        for name, value in vars(module).items():
            kind = inspect.isclass(value) or inspect.isfunction(value)
            own = getattr(value, "__module__", None) == info.name
            if kind and own and not name.startswith("_") and name != "<lambda>":
                yield f"{info.name}.{name}", value


def test_every_module_class_and_function_says_what_it_is():
    found = dict(definitions())
    assert {"d2lmini.train", "d2lmini.train.fit", "d2lmini.models.lenet.LeNet"} <= {
        *found
    }
    silent = [
        name
        for name, value in found.items()
        # a dataclass or a named tuple without a docstring gets its signature as one
        if not (value.__doc__ or "").strip()
        or value.__doc__.startswith(f"{name.rpartition('.')[2]}(")
    ]
    assert silent == []


# quick and full


@pytest.mark.parametrize(
    "profile, expected", [(None, 1), ("quick", 1), ("full", 2)], ids=str
)
def test_pick_takes_the_value_that_the_environment_names(
    profile, expected, monkeypatch
):
    if profile is None:
        monkeypatch.delenv("D2LMINI_RUN", raising=False)
    else:
        monkeypatch.setenv("D2LMINI_RUN", profile)
    assert pick(quick=1, full=2) == expected


@pytest.mark.parametrize("profile", ["fast", "FULL", ""])
def test_pick_refuses_another_profile_and_names_those_there_are(profile, monkeypatch):
    monkeypatch.setenv("D2LMINI_RUN", profile)
    with pytest.raises(ValueError, match=rf"'{profile}'; set it to one of quick, full"):
        pick(quick=1, full=2)


# random numbers and devices


def draw():
    return random.random(), np.random.rand(), torch.rand(2).tolist()


def test_a_seed_repeats_the_random_numbers_of_python_numpy_and_torch():
    set_seed(5)
    first = draw()
    set_seed(5)
    assert draw() == first
    set_seed(6)
    assert all(a != b for a, b in zip(draw(), first, strict=True))
    set_seed()
    default = draw()
    set_seed(0)
    assert draw() == default


def test_the_best_device_can_compute():
    device = best_device()
    assert isinstance(device, torch.device)
    assert torch.ones(2, device=device).sum().item() == 2


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_the_best_device_is_the_accelerator_where_there_is_one(kind, monkeypatch):
    found = torch.device(kind)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: found)
    assert best_device() == found


def test_the_best_device_is_the_cpu_where_there_is_no_accelerator(monkeypatch):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    assert best_device() == torch.device("cpu")


# recorded runs


def test_recorded_runs_are_read_by_the_name_of_their_data_set(tmp_path, monkeypatch):
    runs = [{"model": "lenet", "accuracy": 0.9}, {"model": "×"}]
    text = json.dumps({"runs": runs}, ensure_ascii=False)
    (tmp_path / "fashion.json").write_text(text, encoding="utf-8")
    (tmp_path / "street.json").write_text('{"runs": []}')
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    assert load_results("fashion") == runs
    assert load_results("street") == []
    with pytest.raises(ValueError, match=r"'letters' .*'fashion', 'street'"):
        load_results("letters")


def test_the_folder_of_the_recorded_runs_is_that_of_the_repository():
    assert Path(d2lmini.__file__).parents[1] / "results/runs" == results.FOLDER
