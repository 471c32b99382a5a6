"""The app's own function_app.py without the rate limiter for Graph's report limit; loaded by the host."""

import importlib.util
from functools import partial

from dev.azurite import ROOT
from sspr_core import wiring
from sspr_core.adapters.graph.client import Graph
from sspr_core.adapters.graph.throttling import NoBrake

wiring.Graph = partial(Graph, report_brake=NoBrake)
_spec = importlib.util.spec_from_file_location("the_app", ROOT / "function_app.py")
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
app = _module.app
