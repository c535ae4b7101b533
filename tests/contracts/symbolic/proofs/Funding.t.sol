// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WithToken} from "./Actors.sol";
import {both, minus, only, plus, svm, vm} from "./Cheats.sol";
import {Order, Payee, Terms} from "./Escrow.sol";
import {END} from "./Proof.sol";
import {FUNDED, World} from "./World.sol";

// Funding: only the buyer pays, exactly the amount arrives, nothing is written over an order that lives, and what is
// accepted is what docs/spec/escrow.md accepts. For all terms, lists of 0 to 2 payees, callers, values, times and storages.
contract Funding is World, WithToken {
    // What there was before a call.
    struct Before {
        bytes32 id;
        uint256 word;
        uint256 owned;
        uint256 had; // by who calls, of the token
    }

    function check_fund_coin(Terms memory terms, Payee[] memory payees, address caller, uint128 value, uint40 time) public {
        terms.token = address(0);
        Before memory before = _begin(terms, caller, value, time);
        (bool done,) = _call(caller, value, abi.encodeCall(escrow.fund, (terms, payees)));
        vm.assume(done);
        assert(both(caller == terms.buyer, value == terms.amount));
        _opened(terms, payees, before, time);
    }

    function check_fund_token(Terms memory terms, Payee[] memory payees, address caller, uint128 value, uint40 time) public {
        terms.token = address(token);
        Before memory before = _begin(terms, caller, value, time);
        (bool done,) = _call(caller, value, abi.encodeCall(escrow.fund, (terms, payees)));
        vm.assume(done);
        assert(both(caller == terms.buyer, value == 0));
        _arrived(before, caller, terms.amount);
        _opened(terms, payees, before, time);
    }

    function check_fundWithPermit(Terms memory terms, Payee[] memory payees, address caller, uint40 time, uint256 expiry, uint8 v, bytes32 r, bytes32 s) public {
        terms.token = address(token);
        Before memory before = _begin(terms, caller, 0, time);
        _succeeds(caller, abi.encodeCall(escrow.fundWithPermit, (terms, payees, expiry, v, r, s)));
        assert(caller == terms.buyer);
        _arrived(before, caller, terms.amount);
        _opened(terms, payees, before, time);
    }

    // Anyone may submit; the one authorization that was ever signed must name this order, its amount and the escrow.
    function check_fundWithAuthorization(Terms memory terms, Payee[] memory payees, address caller, uint40 time, uint256 validAfter, uint256 validBefore, bool plain) public {
        terms.token = address(token);
        vm.assume(terms.buyer != address(escrow)); // which signs nothing
        Before memory before = _begin(terms, caller, 0, time);
        bytes memory signature = svm.createBytes(plain ? 65 : 96, "signature");
        _succeeds(caller, abi.encodeCall(escrow.fundWithAuthorization, (terms, payees, validAfter, validBefore, signature)));
        assert(token.authorized() == keccak256(abi.encode(terms.buyer, address(escrow), uint256(terms.amount), validAfter, validBefore, before.id)));
        assert(token.balanceOf(address(escrow)) == plus(before.owned, terms.amount));
        _opened(terms, payees, before, time);
    }

    // Two orders in one call, the first in coin with up to one payee, the second in coin or in the token.
    /// @custom:halmos --default-array-lengths 0,1
    function check_fundMany(Terms memory one, Terms memory two, Payee[] memory payees, address caller, uint136 value, uint40 time, bool coins) public {
        one.token = address(0);
        two.token = coins ? address(0) : address(token);
        Before memory first = _begin(one, caller, value, time);
        Before memory second = _begin(two, caller, value, time);
        Order[] memory orders = new Order[](2);
        orders[0] = Order(one, payees);
        orders[1] = Order(two, new Payee[](0));
        (bool done,) = _call(caller, value, abi.encodeCall(escrow.fundMany, (orders)));
        vm.assume(done);
        assert(both(caller == one.buyer, caller == two.buyer));
        assert(first.id != second.id);
        assert(value == plus(one.amount, only(coins, two.amount)));
        _arrived(first, caller, only(!coins, two.amount));
        _opened(one, payees, first, time);
        _opened(two, new Payee[](0), second, time);
    }

    function _begin(Terms memory terms, address caller, uint256 value, uint40 time) private returns (Before memory before) {
        // The escrow calls nobody with the names of its own functions.
        vm.assume(both(caller != address(escrow), time < END));
        vm.deal(caller, value);
        vm.warp(time);
        before.id = escrow.idOf(terms);
        before.word = _word(before.id);
        before.owned = token.balanceOf(address(escrow));
        before.had = token.balanceOf(caller);
    }

    // From who calls, and nobody else.
    function _arrived(Before memory before, address caller, uint256 amount) private view {
        assert(token.balanceOf(address(escrow)) == plus(before.owned, amount));
        assert(token.balanceOf(caller) == minus(before.had, amount));
    }

    function _opened(Terms memory terms, Payee[] memory payees, Before memory before, uint256 time) private view {
        assert(before.word == 0);
        assert(both(_accepted(terms, time), _accepted(terms, payees)));
        assert(_word(before.id) == (uint256(terms.amount) << 96 | time << 56 | uint256(terms.shipBy) << 16 | FUNDED));
        assert(_lives(terms, _pot(before.id), time));
    }
}
