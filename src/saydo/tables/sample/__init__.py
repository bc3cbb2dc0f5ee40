"""The sample company, with a truth that the analysis can be held to (see `company`)."""

from saydo.tables.sample.sample import write_sample

__all__ = ["write_sample"]
