// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Returner} from "./Actors.sol";
import {both, vm} from "./Cheats.sol";
import {Payee, Terms} from "./Escrow.sol";
import {Pot, Split, World} from "./World.sol";

// Orders keep apart: a call on one leaves every other as it is, and a receiver that is called while one is paid gets
// nothing done to another, even to one of its own. In coin, without payees, for every function that takes one order.
contract Apart is World {
    function check_others(Terms memory terms, Terms memory other, uint8 which, address caller, uint40 time) public {
        terms.token = address(0);
        (bytes32 id,) = _live(other, time);
        vm.assume(keccak256(abi.encode(terms)) != keccak256(abi.encode(other)));
        uint256 was = _word(id);
        vm.deal(address(escrow), 2**97);
        uint256 value = which == 0 ? terms.amount : 0;
        vm.deal(caller, value);
        vm.assume(caller != address(escrow));
        _call(caller, value, _anything(terms, which));
        assert(_word(id) == was);
    }

    function check_callback(Terms memory terms, Terms memory own, uint8 which, uint40 time) public {
        Returner returner = new Returner();
        terms.token = address(0);
        terms.payout = address(returner);
        (bytes32 id, Pot memory pot) = _live(terms, time);
        own.buyer = address(returner);
        (bytes32 second,) = _live(own, time);
        vm.assume(second != id);
        uint256 was = _word(second);
        vm.deal(address(escrow), pot.held);
        returner.prepare(subject, _anything(own, which));
        vm.assume(terms.buyer != address(returner));
        _succeeds(terms.buyer, abi.encodeCall(escrow.release, (terms, new Payee[](0))));
        assert(both(!returner.got(), _word(second) == was));
    }

    function _anything(Terms memory terms, uint8 which) private view returns (bytes memory) {
        Payee[] memory none = new Payee[](0);
        if (which == 0) return abi.encodeCall(escrow.fund, (terms, none));
        if (which == 1) return abi.encodeCall(escrow.release, (terms, none));
        if (which == 2) return abi.encodeCall(escrow.timeout, (terms, none));
        if (which == 3) return abi.encodeCall(escrow.rule, (terms, type(uint128).max, none));
        if (which == 4) return abi.encodeCall(escrow.deliver, (terms, 0, ""));
        if (which == 5) return abi.encodeCall(escrow.dispute, (terms, terms.buyer, 0, ""));
        if (which == 6) return abi.encodeCall(escrow.withdraw, (terms.token, terms.buyer, terms.buyer));
        return _settle(terms, Split(0, 1, type(uint40).max), "", "", none);
    }
}
