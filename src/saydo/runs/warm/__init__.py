"""Kernels that start warm: forked from a process that has imported what notebooks need.

A cold kernel spends seconds on imports before its first cell. Here one process imports them once
and forks for each notebook: a real ipykernel, isolated from all others, ready in a tenth of the
time. papermill, nbclient and Jupyter use it unchanged, by a kernel provisioner.

`server` is what runs in that process, `forked` how to start it and ask it for a process, and
`provisioner` what Jupyter knows about. Nothing here knows of saydo.
"""
