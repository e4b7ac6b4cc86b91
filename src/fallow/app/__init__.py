"""The workbench: a page in the browser on this machine, and the server behind it. Nothing is computed here.

Needs the extra "app"; `fallow.app.serve` starts it.
"""
