"""Guards that both contracts have in the same words: what stands there, and what is put in its place."""

# fmt: off
EXACT = ("    assert staticcall Token(token).balanceOf(self) == before + convert(amount, uint256)", "    assert True")
ANOTHER_PAYS = ("msg.sender, self, convert(amount, uint256), default_return_value=True", "token, self, convert(amount, uint256), default_return_value=True")
LOST = ("        self.claims[token][to] += amount\n", "")
BLOCKS = ("    if not self._send(token, to, amount, limit):\n", '    if not self._send(token, to, amount, limit):\n        assert False, "refused"\n')
FALSE_PAYS = ("return len(answer) == 32 and convert(answer, uint256) == 1", "return True")
BY_ANYONE = ('assert msg.sender == who or to == who, "not yours to send elsewhere"', "pass")
BY_ITS_OWNER = ("assert msg.sender == who or to == who", "assert msg.sender == who")
FOR_EVER = ("    self.claims[token][who] = 0\n", "")
ANY_CHAIN = ("SEPARATOR if chain.id == CHAIN else self._separator()", "SEPARATOR")
ANY_CONTRACT = ('keccak256("1"), chain.id, self)', 'keccak256("1"), chain.id, empty(address))')
ANY_ANSWER = (" and convert(answer, bytes32) == IS_VALID_SIGNATURE", "")
CHAINS_NUMBER = ("concat(b\"\\x19\\x01\", SEPARATOR, keccak256(abi_encode(TERMS", "concat(b\"\\x19\\x01\", self._separator(), keccak256(abi_encode(TERMS")
# fmt: on
