// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {both, either, implies, plus, vm} from "./Cheats.sol";
import {Escrow, Payee, Terms} from "./Escrow.sol";
import {DAY, END, Proof, WHOLE} from "./Proof.sol";

uint256 constant FUNDED = 1;
uint256 constant DELIVERED = 2;
uint256 constant DISPUTED = 3;
uint256 constant CONTESTED = 4;

uint256 constant SHIP_TIME = 180 * DAY;
uint256 constant TIME = 2**40 - 1;

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

// An order that lives, in any state, beside any others. What a reachable one looks like is `_live`; that it holds after each
// funding and stays so with each call is proven in Funding.t.sol and Marks.t.sol. No deadline is later than 180 days and
// twice 90 after the funding.
abstract contract World is Proof {
    Escrow escrow;

    function _name() internal pure override returns (string memory) {
        return "Etal Escrow";
    }

    function _bind() internal override {
        escrow = Escrow(subject);
    }

    function _settle(Terms memory terms, Split memory split, bytes memory buyerSig, bytes memory sellerSig, Payee[] memory payees) internal view returns (bytes memory) {
        return abi.encodeCall(escrow.settle, (terms, split.toBuyer, split.toSeller, split.expiry, buyerSig, sellerSig, payees));
    }

    // ---- Storage

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

    // ---- Signatures, by the specification

    function _settlement(bytes32 id, Pot memory pot, Split memory split) internal pure returns (bytes32) {
        bytes32 kind = keccak256("Settlement(bytes32 id,uint40 since,uint128 held,uint128 toBuyer,uint128 toSeller,uint40 expiry)");
        return keccak256(abi.encode(kind, id, pot.since, pot.held, split.toBuyer, split.toSeller, split.expiry));
    }

    function _mark(bool delivery, bytes32 id, uint256 since, uint256 expiry) internal pure returns (bytes32) {
        bytes32 kind = delivery ? keccak256("Delivery(bytes32 id,uint40 since,uint40 expiry)") : keccak256("Dispute(bytes32 id,uint40 since,uint40 expiry)");
        return keccak256(abi.encode(kind, id, since, expiry));
    }
}
