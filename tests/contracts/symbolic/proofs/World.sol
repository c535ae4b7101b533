// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {both, either, implies, minus, plus, product, quotient, svm, vm} from "./Cheats.sol";
import {Escrow, Payee, Terms} from "./Escrow.sol";

uint256 constant FUNDED = 1;
uint256 constant DELIVERED = 2;
uint256 constant DISPUTED = 3;
uint256 constant CONTESTED = 4;

uint256 constant WHOLE = 10_000;
uint256 constant DAY = 86_400;
uint256 constant SHIP_TIME = 180 * DAY;
uint256 constant TIME = 2**40 - 1;
uint256 constant END = 2**39;
uint256 constant HALF_CURVE = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
bytes32 constant DOMAIN = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

struct Pot {
    uint256 held;
    uint256 since;
    uint256 until;
    uint256 state;
}

struct Split {
    uint128 toBuyer;
    uint128 toSeller;
    uint40 expiry;
}

// What every proof starts from: the escrow's bytecode with an arbitrary storage. Whatever other orders and claims there may
// be, there they are, so that one call from here stands for any call in any history. What a reachable order looks like is
// `_live`; that it holds after each funding and stays so with each call is proven in Funding.t.sol and Marks.t.sol.
//
// Assumed throughout, as the prover does: no two preimages have the same keccak-256, which is neither zero nor within
// 2**64 of the highest word; nobody has more than 2**128 of the coin; time is below 2**39 seconds (the
// year 19390), so that no deadline, which is 180 days and twice 90 later at most, outgrows its 40 bits.
abstract contract World {
    Escrow escrow;

    function setUp() public virtual {
        escrow = _deploy();
        svm.enableSymbolicStorage(address(escrow));
    }

    function _deploy() internal returns (Escrow) {
        bytes memory code = vm.envBytes("ESCROW_CODE");
        address where;
        assembly { where := create(0, add(code, 32), mload(code)) }
        require(where != address(0), "the escrow can't be deployed");
        return Escrow(where);
    }

    function _call(address caller, uint256 value, bytes memory data) internal returns (bool done, bytes memory answer) {
        vm.prank(caller);
        (done, answer) = address(escrow).call{value: value}(data);
    }

    function _succeeds(address caller, bytes memory data) internal {
        (bool done,) = _call(caller, 0, data);
        vm.assume(done);
    }

    function _settle(Terms memory terms, Split memory split, bytes memory buyerSig, bytes memory sellerSig, Payee[] memory payees) internal view returns (bytes memory) {
        return abi.encodeCall(escrow.settle, (terms, split.toBuyer, split.toSeller, split.expiry, buyerSig, sellerSig, payees));
    }

    // ---- Storage

    function _word(bytes32 id) internal view returns (uint256) {
        return uint256(vm.load(address(escrow), keccak256(abi.encode(uint256(0), id))));
    }

    function _pot(bytes32 id) internal view returns (Pot memory) {
        uint256 word = _word(id);
        return Pot(word >> 96, (word >> 56) & TIME, (word >> 16) & TIME, word & 0xffff);
    }

    // ---- The bounds of docs/spec/escrow.md

    function _accepted(Terms memory terms, uint256 since) internal view returns (bool right) {
        right = both(terms.amount != 0, terms.seller != address(0));
        right = both(right, both(terms.payout != address(0), terms.payout != address(escrow)));
        right = both(right, both(since < terms.shipBy, terms.shipBy <= plus(since, SHIP_TIME)));
        right = both(right, either(terms.review == 0, both(terms.review >= 3_600, terms.review <= 90 * DAY)));
        bool nobody = terms.arbiter == address(0);
        right = both(right, implies(nobody, terms.ruling == 0));
        right = both(right, either(nobody, both(terms.ruling >= DAY, terms.ruling <= 90 * DAY)));
        right = both(right, either(nobody, both(terms.arbiter != terms.buyer, terms.arbiter != terms.seller)));
        right = both(right, either(nobody, both(terms.arbiter != terms.payout, terms.arbiter != address(escrow))));
        right = both(right, both(terms.arbiterBps <= 2_000, terms.lapseBps <= WHOLE));
    }

    function _accepted(Terms memory terms, Payee[] memory payees) internal view returns (bool right) {
        right = _shown(terms, payees);
        uint256 shared;
        for (uint256 i; i < payees.length; ++i) {
            right = both(right, both(payees[i].to != address(0), payees[i].to != address(escrow)));
            right = both(right, both(payees[i].to != terms.arbiter, payees[i].bps != 0));
            shared = plus(shared, payees[i].bps);
        }
        right = both(right, shared <= WHOLE);
    }

    function _shown(Terms memory terms, Payee[] memory payees) internal pure returns (bool) {
        return terms.payees == (payees.length == 0 ? bytes32(0) : keccak256(abi.encode(payees)));
    }

    // What is true of every order that holds money, at any time.
    function _lives(Terms memory terms, Pot memory pot, uint256 time) internal view returns (bool right) {
        right = both(_accepted(terms, pot.since), pot.since <= time);
        right = both(right, both(pot.held != 0, pot.held <= terms.amount));
        right = both(right, both(pot.state >= FUNDED, pot.state <= CONTESTED));
        right = both(right, implies(pot.state == FUNDED, pot.until == terms.shipBy));
        // each later deadline counts from a moment before the one before it
        uint256 delivered = plus(terms.shipBy, terms.review);
        right = both(right, implies(pot.state == DELIVERED, both(terms.review != 0, _within(pot.until, terms.review, pot.since, terms.shipBy))));
        right = both(right, implies(pot.state == DISPUTED, both(terms.arbiter != address(0), _within(pot.until, terms.ruling, pot.since, terms.shipBy))));
        right = both(right, implies(pot.state == CONTESTED, both(both(terms.arbiter != address(0), terms.review != 0), _within(pot.until, terms.ruling, pot.since, delivered))));
    }

    function _within(uint256 until, uint256 length, uint256 from, uint256 before) private pure returns (bool) {
        return both(until >= plus(from, length), until < plus(before, length));
    }

    // An order that holds money: any that may be, in any state, at any time.
    function _live(Terms memory terms, uint40 time) internal returns (bytes32 id, Pot memory pot) {
        id = escrow.idOf(terms);
        pot = _pot(id);
        vm.assume(_lives(terms, pot, time));
        // Nobody can fund as the escrow: see Funding.t.sol.
        vm.assume(both(terms.buyer != address(escrow), time < END));
        vm.warp(time);
    }

    // ---- Shares

    // x * bps // 10_000, with what the prover must be told of it. `arithmetic.py` proves this, and what is assumed of shares and
    // sums below, for every x below 2**128 and bps below 2**16, with real products.
    function _part(uint256 x, uint256 bps) internal pure returns (uint256 share) {
        uint256 whole = product(x, bps);
        vm.assume(either(bps == 0, quotient(whole, bps) == x));
        share = quotient(whole, WHOLE);
        vm.assume(implies(bps <= WHOLE, share <= x));
    }

    // What is paid: `first`, then the payees' shares of `side`, then the rest of it. And whether all that adds up.
    function _payments(uint256[] memory first, uint256 side, Payee[] memory payees) internal pure returns (uint256[] memory paid, bool whole) {
        paid = new uint256[](first.length + payees.length + 1);
        for (uint256 i; i < first.length; ++i) paid[i] = first[i];
        uint256 rest = side;
        uint256 bps;
        bool right = true;
        for (uint256 i; i < payees.length; ++i) {
            uint256 share = _part(side, payees[i].bps);
            right = both(right, share <= rest);
            rest = minus(rest, share);
            bps = plus(bps, payees[i].bps);
            paid[first.length + i] = share;
        }
        paid[first.length + payees.length] = rest;
        whole = bps <= WHOLE;
        vm.assume(implies(whole, both(right, rest <= side)));
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

    // ---- Reasons

    function _says(bytes memory answer, string memory reason) internal pure returns (bool) {
        return keccak256(answer) == keccak256(abi.encodeWithSignature("Error(string)", reason));
    }

    // The prover gives every call any gas at all, so a payment to who refuses may also fail for lack of it.
    function _short(bytes memory answer) internal pure returns (bool) {
        return _says(answer, "not enough gas");
    }

    // ---- Signatures, by the specification

    function _separator(uint256 chain, address where) internal pure returns (bytes32) {
        return keccak256(abi.encode(DOMAIN, keccak256("Etal Escrow"), keccak256("1"), chain, where));
    }

    function _digest(bytes32 separator, bytes32 content) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", separator, content));
    }

    function _settlement(bytes32 id, Pot memory pot, Split memory split) internal pure returns (bytes32) {
        bytes32 kind = keccak256("Settlement(bytes32 id,uint40 since,uint128 held,uint128 toBuyer,uint128 toSeller,uint40 expiry)");
        return keccak256(abi.encode(kind, id, pot.since, pot.held, split.toBuyer, split.toSeller, split.expiry));
    }

    function _mark(bool delivery, bytes32 id, uint256 since, uint256 expiry) internal pure returns (bytes32) {
        bytes32 kind = delivery ? keccak256("Delivery(bytes32 id,uint40 since,uint40 expiry)") : keccak256("Dispute(bytes32 id,uint40 since,uint40 expiry)");
        return keccak256(abi.encode(kind, id, since, expiry));
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
}
