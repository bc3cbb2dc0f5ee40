"""Objectives in the customer's voice: what is one, is it reached, will it be, and when do we know?

Nothing is imported here: `saydo.kpis` lists a KPI that `attainment` declares, while `table` reads
all KPIs. Import from the modules: `advice` (what is no objective), `checks` (what is wrong with
one), `confidence`, `forecast`, `sample_size`, `attainment`, and `table`, which puts them together.
"""
