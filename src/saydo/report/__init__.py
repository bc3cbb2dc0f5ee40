"""How a result is said and shown: findings, their sentences, figures and tables, and the theme."""
