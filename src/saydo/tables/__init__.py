"""From files or a database to checked tables and marts. See `contract` for what each table holds."""
