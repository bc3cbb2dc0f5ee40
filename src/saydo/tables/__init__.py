"""From files or a database to checked tables and marts; see `contract` for what each holds."""
