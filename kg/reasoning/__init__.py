"""The OWL 2 RL closure: `rule_table`, `closure`, `explain`, and the same on a server (`on_server.closure`).

`facts` has the budget, `relations` the tables of term ids that a build keeps. `evaluation` and `equality` are private.
"""
