"""Python imports this at its start where the folder is on its path: it lets the witness begin."""

from importlib.machinery import SourceFileLoader
from os.path import abspath, dirname, join
from types import ModuleType

_LOADER = SourceFileLoader(
    "_cardkit_witness", join(dirname(dirname(abspath(__file__))), "witness.py")
)
_WITNESS = ModuleType("_cardkit_witness")
_LOADER.exec_module(_WITNESS)
_WITNESS.begin_from_environment()
