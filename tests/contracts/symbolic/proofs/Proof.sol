// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {both, either, implies, minus, plus, product, quotient, svm, vm} from "./Cheats.sol";

uint256 constant WHOLE = 10_000;
uint256 constant DAY = 86_400;
uint256 constant END = 2**39;
uint256 constant HALF_CURVE = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
bytes32 constant DOMAIN = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

// What every proof starts from: the bytecode of the contract that it is about, with an arbitrary storage. Whatever other orders,
// campaigns and claims there may be, there they are, so that one call from here stands for any call in any history.
//
// Assumed throughout, as the prover does: no two preimages have the same keccak-256, which is neither zero nor within
// 2**64 of the highest word; nobody has more than 2**128 of the coin; time is below 2**39 seconds (the
// year 19390), so that no deadline outgrows its 40 bits.
abstract contract Proof {
    address subject;

    function setUp() public virtual {
        subject = _deploy();
        svm.enableSymbolicStorage(subject);
        _bind();
    }

    // Gives the contract its interface.
    function _bind() internal virtual;

    function _deploy() private returns (address where) {
        bytes memory code = vm.envBytes("PROVEN_CODE");
        assembly { where := create(0, add(code, 32), mload(code)) }
        require(where != address(0), "the contract can't be deployed");
    }

    // ---- Calls

    function _call(address caller, uint256 value, bytes memory data) internal returns (bool done, bytes memory answer) {
        vm.prank(caller);
        (done, answer) = subject.call{value: value}(data);
    }

    function _succeeds(address caller, bytes memory data) internal {
        (bool done,) = _call(caller, 0, data);
        vm.assume(done);
    }

    // The prover gives every call any gas at all, so a payment to who refuses may also fail for lack of it, and for that alone.
    function _works(address caller, bytes memory data) internal {
        (bool done, bytes memory answer) = _call(caller, 0, data);
        if (!done) {
            assert(keccak256(answer) == keccak256(abi.encodeWithSignature("Error(string)", "not enough gas")));
            vm.assume(false);
        }
    }

    // ---- Storage

    // The word of an order or a campaign.
    function _word(bytes32 id) internal view returns (uint256) {
        return _stored(0, id);
    }

    // A word of the mapping in this slot.
    function _stored(uint256 slot, bytes32 key) internal view returns (uint256) {
        return uint256(vm.load(subject, keccak256(abi.encode(slot, key))));
    }

    // ---- Shares

    // x * bps // 10_000, with what the prover must be told of it. `arithmetic.py` proves this, and what is assumed of shares and
    // sums elsewhere, for every x below 2**128 and bps below 2**16, with real products.
    function _part(uint256 x, uint256 bps) internal pure returns (uint256 share) {
        uint256 whole = product(x, bps);
        vm.assume(either(bps == 0, quotient(whole, bps) == x));
        share = quotient(whole, WHOLE);
        vm.assume(implies(bps <= WHOLE, share <= x));
    }

    // Any of these payments can be added to a claim below 2**250, and each can be paid when any of those before it were.
    function _addUp(uint256 claim, uint256 funds, uint256[] memory paid) internal pure returns (bool right) {
        right = true;
        for (uint256 some = 1; some < 2**paid.length; ++some) {
            uint256 sum;
            uint256 last;
            for (uint256 i; i < paid.length; ++i) {
                if (some & 2**i == 0) continue;
                last = paid[i];
                sum = plus(sum, last);
            }
            uint256 before = minus(sum, last);
            right = both(right, both(plus(claim, before) <= plus(claim, sum), last <= minus(funds, before)));
        }
    }

    function _list() internal pure returns (uint256[] memory) {
        return new uint256[](0);
    }

    function _list(uint256 one) internal pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = one;
    }

    function _list(uint256 one, uint256 two) internal pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (one, two);
    }

    // ---- Signatures, by the specification

    // Of the contract's EIP-712 domain.
    function _name() internal pure virtual returns (string memory);

    function _separator(uint256 chain, address where) internal pure returns (bytes32) {
        return keccak256(abi.encode(DOMAIN, keccak256(bytes(_name())), keccak256("1"), chain, where));
    }

    function _digest(bytes32 separator, bytes32 content) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", separator, content));
    }

    // What is signed here and now.
    function _due(bytes32 content) internal view returns (bytes32) {
        return _digest(_separator(block.chainid, subject), content);
    }

    function _s(bytes memory signature) internal pure returns (uint256 s) {
        assembly { s := mload(add(signature, 64)) }
    }

    function _signer(bytes32 digest, bytes memory signature) internal pure returns (address) {
        bytes32 r;
        bytes32 s;
        uint8 v;
        assembly {
            r := mload(add(signature, 32))
            s := mload(add(signature, 64))
            v := byte(0, mload(add(signature, 96)))
        }
        return ecrecover(digest, v, r, s);
    }

    function _signs(address party, bytes32 digest, bytes memory signature) internal pure returns (bool) {
        return both(_signer(digest, signature) == party, _s(signature) <= HALF_CURVE);
    }
}
