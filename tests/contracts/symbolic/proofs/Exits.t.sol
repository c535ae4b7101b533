// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {both, either, implies, plus, svm, vm} from "./Cheats.sol";
import {Payee, Terms} from "./Escrow.sol";
import {InCoin, InToken} from "./Ledger.sol";
import {Payments} from "./Payments.sol";
import {DAY, END} from "./Proof.sol";
import {Fetchable} from "./Withdrawals.sol";
import {DISPUTED, Pot, Split} from "./World.sol";

// Nothing locks money: each of these calls works, whoever receives and refuses, with every list that funding accepts. It
// can fail only for lack of gas, which the contract says; the prover knows no gas.
abstract contract Exits is Payments, Fetchable {
    // Every live state can be left by time alone, by anyone, within 360 days of the funding.
    function check_timeout(Terms memory terms, Payee[] memory payees, address caller, uint40 time) public {
        (bytes32 id, Pot memory pot) = _listed(terms, payees, time);
        assert(pot.until < plus(pot.since, 360 * DAY));
        vm.assume(time >= pot.until);
        (uint256[] memory first, uint256 side) = _lapsed(terms, pot);
        _fits(terms, payees, first, side);
        assert(_after(id, caller, abi.encodeCall(escrow.timeout, (terms, payees))) == 0);
    }

    function check_release(Terms memory terms, Payee[] memory payees, uint40 time) public {
        (bytes32 id, Pot memory pot) = _listed(terms, payees, time);
        _fits(terms, payees, _list(), pot.held);
        assert(_after(id, terms.buyer, abi.encodeCall(escrow.release, (terms, payees))) == 0);
    }

    // From the funding itself: whatever terms and list it accepts, the buyer can pay out at any time after.
    function check_fund_release(Terms memory terms, Payee[] memory payees, uint40 time, uint40 later) public {
        terms.token = _currency();
        vm.assume(both(terms.buyer != address(escrow), terms.buyer != address(0)));
        vm.assume(both(time <= later, later < END));
        vm.warp(time);
        bytes32 id = escrow.idOf(terms);
        uint256 value = terms.token == address(0) ? terms.amount : 0;
        vm.deal(terms.buyer, value);
        (bool done,) = _call(terms.buyer, value, abi.encodeCall(escrow.fund, (terms, payees)));
        vm.assume(done);
        vm.warp(later);
        _fits(terms, payees, _list(), _pot(id).held);
        assert(_after(id, terms.buyer, abi.encodeCall(escrow.release, (terms, payees))) == 0);
    }

    // With the consent of who gives: the buyer as sender, the seller by signature.
    /// @custom:halmos --default-array-lengths 0,1
    function check_settle(Terms memory terms, Payee[] memory payees, Split memory split, uint40 time) public {
        (bytes32 id, Pot memory pot) = _listed(terms, payees, time);
        vm.assume(either(split.toBuyer != 0, split.toSeller != 0));
        vm.assume(plus(split.toBuyer, split.toSeller) <= pot.held);
        vm.assume(time < split.expiry);
        _fits(terms, payees, _list(split.toBuyer), split.toSeller);
        bytes memory signature = _consent(terms.seller, _settlement(id, pot, split));
        uint256 was = _word(id);
        assert(_after(id, terms.buyer, _settle(terms, split, "", signature, payees)) != was);
    }

    function _consent(address party, bytes32 content) private view returns (bytes memory signature) {
        signature = svm.createBytes(65, "signature");
        vm.assume(_signs(party, _due(content), signature));
    }

    /// @custom:halmos --default-array-lengths 0,1
    function check_rule(Terms memory terms, Payee[] memory payees, uint128 toSeller, uint40 time) public {
        (bytes32 id, Pot memory pot) = _listed(terms, payees, time);
        vm.assume(both(pot.state >= DISPUTED, time < pot.until));
        (uint256[] memory first, uint256 side) = _ruled(terms, pot, toSeller);
        _fits(terms, payees, first, side);
        assert(_after(id, terms.arbiter, abi.encodeCall(escrow.rule, (terms, toSeller, payees))) == 0);
    }

    function _listed(Terms memory terms, Payee[] memory payees, uint40 time) private returns (bytes32 id, Pot memory pot) {
        terms.token = _currency();
        (id, pot) = _live(terms, time);
        vm.assume(_accepted(terms, payees));
        _fill(pot.held);
    }

    function _fits(Terms memory terms, Payee[] memory payees, uint256[] memory first, uint256 side) private view {
        (uint256[] memory paid, bool whole) = _payments(first, side, payees);
        _fits(terms.buyer, paid, whole);
        _fits(terms.arbiter, paid, whole);
        _fits(terms.payout, paid, whole);
        for (uint256 i; i < payees.length; ++i) _fits(payees[i].to, paid, whole);
    }

    // The order's word after a call that works.
    function _after(bytes32 id, address caller, bytes memory data) private returns (uint256) {
        _works(caller, data);
        return _word(id);
    }
}

contract ExitsInCoin is Exits, InCoin {}

contract ExitsInToken is Exits, InToken {}
