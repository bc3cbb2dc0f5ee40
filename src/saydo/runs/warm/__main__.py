"""`python -m saydo.runs.warm install`: a kernelspec of warm kernels, for papermill and Jupyter."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

from saydo.runs.warm.provisioner import LAUNCHER

PRELOADED = ("numpy", "pandas", "matplotlib.pyplot", "seaborn", "statsmodels.api")


def spec(name: str, preload: list[str]) -> dict[str, object]:
    """The content of a `kernel.json`."""
    config = {"preload": preload}
    provisioner = {"provisioner_name": "saydo-warm", "config": config}
    return {
        "argv": [sys.executable, "-m", LAUNCHER, "-f", "{connection_file}"],
        "display_name": f"Python ({name})",
        "language": "python",
        "metadata": {"kernel_provisioner": provisioner, "debugger": True},
    }


def main() -> None:
    """Write the kernelspec, where Jupyter looks for those of this environment."""
    parser = argparse.ArgumentParser(prog="python -m saydo.runs.warm", description=__doc__)
    commands = parser.add_subparsers(required=True)
    install = commands.add_parser("install", help="write a kernelspec")
    install.add_argument("--name", default="warm")
    install.add_argument("--preload", default=",".join(PRELOADED), help="modules, with commas")
    install.add_argument("--user", action="store_true", help="for all environments of this user")
    asked = parser.parse_args()
    preload = [module for module in asked.preload.split(",") if module]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "kernel.json").write_text(json.dumps(spec(asked.name, preload), indent=1))
        where = KernelSpecManager().install_kernel_spec(
            folder,
            kernel_name=asked.name,
            user=asked.user,
            prefix=None if asked.user else sys.prefix,
        )
    print(f"papermill -k {asked.name} IN.ipynb OUT.ipynb starts warm; the kernelspec is in {where}")


if __name__ == "__main__":
    main()
