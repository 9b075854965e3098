"""The embedded local agent: a server that hears, answers and speaks, all on this machine."""

import os

# ONNX Runtime reports its use to its maker unless this is set before it is loaded (its pull
# request 27379). What is said to this agent, and that it was used, stays on the machine.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
