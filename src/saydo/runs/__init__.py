"""Which pages, made when, and what became of them?"""
