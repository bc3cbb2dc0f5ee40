"""Who answers, what would those say who did not, and does asking itself change anything?"""
