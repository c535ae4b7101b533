// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {both, svm, vm} from "./Cheats.sol";
import {Order, Payee, Terms} from "./Escrow.sol";
import {Split, World} from "./World.sol";

// A stranger moves nothing: whoever is neither buyer nor seller nor arbiter, and has no signature of theirs over what is
// asked here, gets no call through before the deadline, and none but `timeout` after it. For all terms, states, callers,
// times, arguments and tokens; who may fund and withdraw is in Funding.t.sol and Money.t.sol. Parties have keys, not code:
// what a wallet that is a contract says, Signatures.t.sol looks into.
contract Strangers is World {
    function check_release(Terms memory terms, Payee[] memory payees, address caller, uint40 time) public {
        bytes32 id = _strange(terms, caller, time);
        _fails(id, caller, abi.encodeCall(escrow.release, (terms, payees)));
    }

    // The stranger's own order beside the other's doesn't help.
    function check_releaseMany(Terms memory terms, Terms memory own, address caller, uint40 time) public {
        bytes32 id = _strange(terms, caller, time);
        own.buyer = caller;
        _live(own, time);
        Order[] memory orders = new Order[](2);
        orders[0] = Order(own, new Payee[](0));
        orders[1] = Order(terms, new Payee[](0));
        _fails(id, caller, abi.encodeCall(escrow.releaseMany, (orders)));
    }

    function check_deliver(Terms memory terms, address caller, uint40 expiry, uint40 time, bool empty) public {
        bytes32 id = _strange(terms, caller, time);
        bytes memory signature = _signature(empty, "signature");
        _unsigned(terms, _mark(true, id, _pot(id).since, expiry), signature);
        _fails(id, caller, abi.encodeCall(escrow.deliver, (terms, expiry, signature)));
    }

    function check_dispute(Terms memory terms, address caller, address by, uint40 expiry, uint40 time, bool empty) public {
        bytes32 id = _strange(terms, caller, time);
        bytes memory signature = _signature(empty, "signature");
        _unsigned(terms, _mark(false, id, _pot(id).since, expiry), signature);
        _fails(id, caller, abi.encodeCall(escrow.dispute, (terms, by, expiry, signature)));
    }

    function check_settle(Terms memory terms, Split memory split, address caller, uint40 time, bool empty) public {
        bytes32 id = _strange(terms, caller, time);
        bytes memory one = _signature(empty, "buyerSig");
        bytes memory two = _signature(empty, "sellerSig");
        bytes32 content = _settlement(id, _pot(id), split);
        _unsigned(terms, content, one);
        _unsigned(terms, content, two);
        _fails(id, caller, _settle(terms, split, one, two, new Payee[](0)));
    }

    function check_rule(Terms memory terms, Payee[] memory payees, uint128 toSeller, address caller, uint40 time) public {
        bytes32 id = _strange(terms, caller, time);
        _fails(id, caller, abi.encodeCall(escrow.rule, (terms, toSeller, payees)));
    }

    function check_timeout(Terms memory terms, Payee[] memory payees, address caller, uint40 time) public {
        bytes32 id = _strange(terms, caller, time);
        vm.assume(time < _pot(id).until);
        _fails(id, caller, abi.encodeCall(escrow.timeout, (terms, payees)));
    }

    function check_withdraw(address token, address owner, address to, address caller) public {
        vm.assume(both(caller != owner, to != owner));
        vm.deal(address(escrow), 2**128); // so that nothing else is in the way
        (bool done,) = _call(caller, 0, abi.encodeCall(escrow.withdraw, (token, owner, to)));
        assert(!done);
    }

    function _strange(Terms memory terms, address caller, uint40 time) private returns (bytes32 id) {
        (id,) = _live(terms, time);
        vm.assume(both(caller != terms.buyer, both(caller != terms.seller, caller != terms.arbiter)));
    }

    function _signature(bool empty, string memory name) private pure returns (bytes memory) {
        return empty ? bytes("") : svm.createBytes(65, name);
    }

    // Neither buyer nor seller has signed this content for this contract on this chain.
    function _unsigned(Terms memory terms, bytes32 content, bytes memory signature) private view {
        if (signature.length == 0) return;
        address signer = _signer(_due(content), signature);
        vm.assume(both(signer != terms.buyer, signer != terms.seller));
    }

    function _fails(bytes32 id, address caller, bytes memory data) private {
        uint256 was = _word(id);
        (bool done,) = _call(caller, 0, data);
        assert(both(!done, _word(id) == was));
    }
}
