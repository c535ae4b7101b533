"""The contract's own tests run by their own command, in the environment of contracts/requirements.txt:

python -m pytest tests/contracts/vyper
python -m pytest tests/contracts/mutation
python -m pytest tests/contracts/symbolic
"""

collect_ignore = ["mutation", "symbolic", "vyper"]
