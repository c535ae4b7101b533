// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Campaign, Terms, Tranche} from "./Campaign.sol";
import {both, either, implies, minus, plus, svm, vm} from "./Cheats.sol";
import {Payer} from "./Ledger.sol";
import {DAY, END, Proof, WHOLE} from "./Proof.sol";

uint256 constant LIVE = 1;
uint256 constant CANCELLED = 2;
uint256 constant STOPPED = 3;
uint256 constant PAID = 4;

uint256 constant MAX_TRANCHES = 8;
uint256 constant AMOUNT = 2**112 - 1;
uint256 constant TURN = 2**32 - 1;

struct State {
    uint256 pledges;
    uint256 money;
    uint256 paid;
    uint256 phase;
}

// A campaign that was opened, in any state, beside any others. What a reachable one looks like is `_lives`, which is asserted
// after the opening and after each call, and `_lasts`: asserted where tranches are paid, and plain elsewhere, since nothing was
// paid of one that takes pledges or failed, and what was cancelled or refunded is over.
//
// That the pledges of any two backers aren't more than all of them (`_backs`) follows from what is proven of each call: before
// the opening no word of a campaign is written, and each call changes the pledges of those whom it names, the sum by as much,
// and no others.
abstract contract CampaignWorld is Proof {
    Campaign campaign;

    function _name() internal pure override returns (string memory) {
        return "Etal Campaign";
    }

    function _bind() internal override {
        campaign = Campaign(subject);
    }

    // ---- Storage

    function _objections(bytes32 id) internal view returns (uint256) {
        return _stored(1, id);
    }

    function _mark(bytes32 id, address backer) internal view returns (uint256) {
        return _stored(uint256(keccak256(abi.encode(uint256(2), id))), bytes32(uint256(uint160(backer))));
    }

    function _state(bytes32 id) internal view returns (State memory) {
        uint256 word = _word(id);
        return State(word >> 144, (word >> 32) & AMOUNT, (word >> 8) & 0xff, word & 0xff);
    }

    function _packed(State memory state) internal pure returns (uint256) {
        return state.pledges << 144 | state.money << 32 | state.paid << 8 | state.phase;
    }

    // ---- The bounds of docs/spec/campaign.md

    // That some time up to the given one was right for it.
    function _accepted(Terms memory terms, uint256 time) internal view returns (bool right) {
        right = both(terms.creator != address(0), both(terms.payout != address(0), terms.payout != subject));
        right = both(right, both(terms.goal != 0, both(terms.stopBps != 0, terms.stopBps <= 5_000)));
        right = both(right, both(terms.until != 0, terms.until <= plus(time, 180 * DAY)));
    }

    function _shown(Terms memory terms, Tranche[] memory tranches) internal pure returns (bool) {
        return terms.tranches == keccak256(abi.encode(tranches));
    }

    function _accepted(Terms memory terms, Tranche[] memory tranches) internal pure returns (bool right) {
        right = _shown(terms, tranches);
        uint256 earliest = terms.until;
        uint256 shared;
        for (uint256 i; i < tranches.length; ++i) {
            right = both(right, both(earliest <= tranches[i].due, tranches[i].due <= plus(terms.until, 730 * DAY)));
            right = both(right, tranches[i].bps != 0);
            earliest = plus(tranches[i].due, 1);
            shared = plus(shared, tranches[i].bps);
        }
        right = both(right, shared == WHOLE);
    }

    // What is true of every campaign that was opened, at any time.
    function _lives(Terms memory terms, State memory state, uint256 time) internal view returns (bool right) {
        right = both(_accepted(terms, time), both(state.phase >= LIVE, state.phase <= PAID));
        right = both(right, both(state.paid <= MAX_TRANCHES, state.money <= state.pledges));
        bool untouched = both(state.phase == LIVE, either(time < terms.until, state.pledges < terms.goal));
        right = both(right, implies(untouched, both(state.paid == 0, state.money == state.pledges)));
        right = both(right, implies(state.phase == PAID, state.money == 0));
    }

    // What is true of one that succeeded, by its list: what isn't paid is there, and a tranche is still to come.
    function _lasts(Terms memory terms, Tranche[] memory tranches, State memory state) internal pure returns (bool right) {
        uint256 left = state.pledges;
        for (uint256 i; i < tranches.length; ++i) {
            uint256 share = _part(state.pledges, tranches[i].bps);
            if (i < state.paid) left = minus(left, share);
        }
        bool over = either(state.phase != LIVE, state.pledges < terms.goal);
        right = both(state.paid <= tranches.length, either(over, both(state.paid < tranches.length, state.money == left)));
    }

    function _live(Terms memory terms, uint40 time) internal returns (bytes32 id, State memory state) {
        id = campaign.idOf(terms);
        state = _state(id);
        vm.assume(both((_word(id) >> 16) & 0xffff == 0, _lives(terms, state, time)));
        vm.assume(time < END);
        vm.warp(time);
    }

    // The list was looked at when opening.
    function _listed(bytes32 id, Terms memory terms, Tranche[] memory tranches, State memory state) internal {
        vm.assume(implies(_shown(terms, tranches), both(_accepted(terms, tranches), _lasts(terms, tranches, state))));
        _paid(id, state);
    }

    // However many tranches are paid. Each number of them is a path of its own: the prover doesn't look into a list at a place
    // that it doesn't know.
    function _paid(bytes32 id, State memory state) internal {
        vm.assume(state.paid <= MAX_TRANCHES);
        for (uint256 paid; paid <= MAX_TRANCHES; ++paid) {
            if (state.paid != paid) continue;
            state.paid = paid;
            vm.store(subject, keccak256(abi.encode(uint256(0), id)), bytes32(_packed(state)));
            return;
        }
    }

    // What is true of the pledges of two backers, who may be one.
    function _backs(bytes32 id, State memory state, address one, address two) internal view {
        (uint256 first, uint256 second) = (_mark(id, one) >> 32, _mark(id, two) >> 32);
        vm.assume(both(first <= state.pledges, second <= state.pledges));
        vm.assume(either(one == two, plus(first, second) <= state.pledges));
    }

    // ---- What a call has nothing to do with

    // Any other campaign, opened or not, any account, and what it is owed in any currency.
    struct Aside {
        bytes32 id;
        address who;
        address currency;
        uint256 word;
        uint256 objections;
        uint256 mark;
        uint256 claim;
        uint256 coin;
    }

    function _aside(bytes32 id) internal view returns (Aside memory aside) {
        aside.id = svm.createBytes32("aside");
        vm.assume(aside.id != id);
        (aside.who, aside.currency) = (svm.createAddress("who"), svm.createAddress("currency"));
        (aside.word, aside.objections) = (_word(aside.id), _objections(aside.id));
        aside.mark = _mark(aside.id, aside.who);
        aside.claim = Payer(subject).claims(aside.currency, aside.who);
        aside.coin = subject.balance;
    }

    function _still(Aside memory aside) internal view returns (bool right) {
        right = both(_word(aside.id) == aside.word, _objections(aside.id) == aside.objections);
        right = both(right, _mark(aside.id, aside.who) == aside.mark);
        right = both(right, Payer(subject).claims(aside.currency, aside.who) == aside.claim);
    }

    // ---- Signatures, by the specification

    function _opening(Terms memory terms) internal pure returns (bytes32) {
        bytes32 kind = keccak256("Campaign(address creator,address payout,address token,uint112 goal,uint40 until,uint16 stopBps,bytes32 tranches,bytes32 about)");
        return keccak256(abi.encode(kind, terms));
    }

    function _objection(bytes32 id, bool objects, uint256 turn, uint256 expiry) internal pure returns (bytes32) {
        bytes32 kind = keccak256("Objection(bytes32 id,bool objects,uint32 turn,uint40 expiry)");
        return keccak256(abi.encode(kind, id, objects, turn, expiry));
    }

    function _cancellation(bytes32 id, uint256 expiry) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("Cancellation(bytes32 id,uint40 expiry)"), id, expiry));
    }
}
