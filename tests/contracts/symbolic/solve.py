"""The solver that decides the prover's questions: Bitwuzla of PyPI as the program that the prover calls."""

import sys

from bitwuzla import Option, Options, Parser, TermManager

terms = TermManager()
options = Options()
options.set(Option.PRODUCE_MODELS, True)
Parser(terms, options).parse(sys.argv[1], False, True)
