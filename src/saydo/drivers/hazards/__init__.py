"""How soon do customers leave, and how does that go with what they last said?

`spells` reduces tables to days at risk; `cox` and `discrete` model leaving in them,
`proportional_hazards` tests whether the ratio is the same at all times.
"""
