// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {both, either, minus, plus, svm, vm} from "./Cheats.sol";
import {Order, Payee, Terms} from "./Escrow.sol";
import {InCoin, InToken, Ledger} from "./Ledger.sol";
import {CONTESTED, DAY, DELIVERED, DISPUTED, END, HALF_CURVE, Pot, Split} from "./World.sol";

// Nothing locks money: each of these calls works, whoever receives and refuses, with every list that funding accepts. It
// can fail only for lack of gas, which the contract says; the prover knows no gas.
abstract contract Exits is Ledger {
    // Every live state can be left by time alone, by anyone, within 360 days of the funding.
    function check_timeout(Terms memory terms, Payee[] memory payees, address caller, uint40 time) public {
        (bytes32 id, Pot memory pot) = _listed(terms, payees, time);
        assert(pot.until < plus(pot.since, 360 * DAY));
        vm.assume(time >= pot.until);
        if (pot.state == DELIVERED) _parts(pot.held, payees);
        if (pot.state == CONTESTED) _parts(_part(pot.held, terms.lapseBps), payees);
        _works(id, caller, abi.encodeCall(escrow.timeout, (terms, payees)));
        assert(_word(id) == 0);
    }

    function check_release(Terms memory terms, Payee[] memory payees, uint40 time) public {
        (bytes32 id, Pot memory pot) = _listed(terms, payees, time);
        _parts(pot.held, payees);
        _works(id, terms.buyer, abi.encodeCall(escrow.release, (terms, payees)));
        assert(_word(id) == 0);
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
        _owed(terms, payees);
        _parts(_pot(id).held, payees);
        _works(id, terms.buyer, abi.encodeCall(escrow.release, (terms, payees)));
        assert(_word(id) == 0);
    }

    // With the consent of who gives: the buyer as sender, the seller by signature.
    /// @custom:halmos --default-array-lengths 0,1
    function check_settle(Terms memory terms, Payee[] memory payees, Split memory split, uint40 time) public {
        (bytes32 id, Pot memory pot) = _listed(terms, payees, time);
        vm.assume(either(split.toBuyer != 0, split.toSeller != 0));
        vm.assume(plus(split.toBuyer, split.toSeller) <= pot.held);
        vm.assume(time < split.expiry);
        _parts(split.toSeller, payees);
        bytes memory signature = _consent(terms.seller, _settlement(id, pot, split));
        _works(id, terms.buyer, _settle(terms, split, "", signature, payees));
    }

    function _consent(address party, bytes32 content) private view returns (bytes memory signature) {
        signature = svm.createBytes(65, "signature");
        vm.assume(_signer(_digest(_separator(block.chainid, address(escrow)), content), signature) == party);
        vm.assume(_s(signature) <= HALF_CURVE);
    }

    function check_rule(Terms memory terms, Payee[] memory payees, uint128 toSeller, uint40 time) public {
        (bytes32 id, Pot memory pot) = _listed(terms, payees, time);
        vm.assume(both(pot.state >= DISPUTED, time < pot.until));
        uint256 room = minus(pot.held, _part(pot.held, terms.arbiterBps));
        if (toSeller < room) _parts(toSeller, payees);
        else _parts(room, payees);
        _works(id, terms.arbiter, abi.encodeCall(escrow.rule, (terms, toSeller, payees)));
        assert(_word(id) == 0);
    }

    // What couldn't be pushed can be fetched as soon as its receiver takes it.
    function check_withdraw(address caller, address owner, address to) public {
        uint256 owed = escrow.claims(_currency(), owner);
        vm.assume(owed != 0);
        vm.assume(either(caller == owner, to == owner));
        vm.assume(both(to != address(0), to != address(escrow)));
        vm.assume(!_refuses(to));
        _fill(owed);
        (bool done,) = _call(caller, 0, abi.encodeCall(escrow.withdraw, (_currency(), owner, to)));
        assert(done);
        assert(escrow.claims(_currency(), owner) == 0);
    }

    function _listed(Terms memory terms, Payee[] memory payees, uint40 time) private returns (bytes32 id, Pot memory pot) {
        terms.token = _currency();
        (id, pot) = _live(terms, time);
        vm.assume(_accepted(terms, payees));
        _fill(pot.held);
        _owed(terms, payees);
    }

    // No claim is near the highest word: there isn't as much of any currency.
    function _owed(Terms memory terms, Payee[] memory payees) private view {
        vm.assume(escrow.claims(terms.token, terms.buyer) < 2**250);
        vm.assume(escrow.claims(terms.token, terms.arbiter) < 2**250);
        vm.assume(escrow.claims(terms.token, terms.payout) < 2**250);
        for (uint256 i; i < payees.length; ++i) vm.assume(escrow.claims(terms.token, payees[i].to) < 2**250);
    }

    function _works(bytes32 id, address caller, bytes memory data) private {
        uint256 was = _word(id);
        (bool done, bytes memory answer) = _call(caller, 0, data);
        if (!done) {
            assert(_short(answer));
            vm.assume(false);
        }
        assert(_word(id) != was);
    }
}

contract ExitsInCoin is Exits, InCoin {}

contract ExitsInToken is Exits, InToken {}
