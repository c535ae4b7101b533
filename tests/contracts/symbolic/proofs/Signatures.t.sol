// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Wallet} from "./Actors.sol";
import {both, either, minus, svm, vm} from "./Cheats.sol";
import {Payee, Terms} from "./Escrow.sol";
import {HALF_CURVE} from "./Proof.sol";
import {Pot, Split, World} from "./World.sol";

// Where a signature was made to work.
struct Place {
    uint64 chain;
    address where;
    bytes32 id;
    uint40 since;
    uint128 held;
    uint40 expiry;
}

// Signatures of one funding, chain or contract don't work on another. The party is a contract wallet, or a key, that has
// signed one digest and no other: that of any chain, contract, order, funding, sums and expiry at all. Nothing but what
// it names gets through. The contract was deployed on any chain, which may have another number by now.
contract Signatures is World {
    uint256 constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    Wallet wallet;

    function setUp() public override {
        vm.chainId(svm.createUint(64, "deployment"));
        super.setUp();
        wallet = new Wallet();
        svm.enableSymbolicStorage(address(wallet));
    }

    function check_settle_wallet(Terms memory terms, Split memory split, Place memory place, Split memory signed, uint40 time) public {
        terms.buyer = address(wallet);
        (bytes32 id, Pot memory pot) = _now(terms, time);
        signed.expiry = place.expiry;
        vm.assume(wallet.signed() == _placed(place, signed));
        vm.assume(both(split.toSeller != 0, split.toBuyer == 0)); // else the seller's consent is asked too
        _stranger(terms, _settle(terms, split, svm.createBytes(32, "signature"), "", new Payee[](0)));
        _here(place, id, pot, split.expiry);
        assert(place.held == pot.held);
        assert(both(signed.toBuyer == split.toBuyer, signed.toSeller == split.toSeller));
    }

    function check_settle_key(Terms memory terms, Split memory split, Place memory place, Split memory signed, uint40 time) public {
        uint256 key = svm.createUint(256, "key");
        terms.seller = vm.addr(key);
        vm.assume(terms.seller != address(wallet)); // a key's account has no code
        (bytes32 id, Pot memory pot) = _now(terms, time);
        bytes32 due = _due(_settlement(id, pot, split));
        bytes memory signature = _sign(key, _placed(place, signed), due);
        vm.assume(both(split.toBuyer != 0, split.toSeller == 0));
        _stranger(terms, _settle(terms, split, "", signature, new Payee[](0)));
        assert(_placed(place, signed) == due);
    }

    // The same signature in its other form, which anybody can compute, counts for nothing.
    function check_settle_form(Terms memory terms, Split memory split, uint40 time) public {
        uint256 key = svm.createUint(256, "key");
        terms.seller = vm.addr(key);
        vm.assume(terms.seller != address(wallet)); // a key's account has no code
        (bytes32 id, Pot memory pot) = _now(terms, time);
        bytes memory other = _other(key, _due(_settlement(id, pot, split)));
        vm.assume(both(split.toBuyer != 0, split.toSeller == 0));
        address caller = svm.createAddress("caller");
        vm.assume(caller != terms.seller);
        (bool done,) = _call(caller, 0, _settle(terms, split, "", other, new Payee[](0)));
        assert(!done);
    }

    function check_deliver_wallet(Terms memory terms, Place memory place, bool delivery, uint40 expiry, uint40 time) public {
        terms.seller = address(wallet);
        (bytes32 id, Pot memory pot) = _now(terms, time);
        vm.assume(wallet.signed() == _placed(place, delivery));
        _stranger(terms, abi.encodeCall(escrow.deliver, (terms, expiry, svm.createBytes(32, "signature"))));
        _here(place, id, pot, expiry);
        assert(delivery);
    }

    function check_dispute_wallet(Terms memory terms, Place memory place, bool delivery, uint40 expiry, uint40 time) public {
        terms.buyer = address(wallet);
        (bytes32 id, Pot memory pot) = _now(terms, time);
        vm.assume(wallet.signed() == _placed(place, delivery));
        _stranger(terms, abi.encodeCall(escrow.dispute, (terms, terms.buyer, expiry, svm.createBytes(32, "signature"))));
        _here(place, id, pot, expiry);
        assert(!delivery);
    }

    // An order keeps its id when its chain changes its number, and can still be paid out.
    function check_id_after_a_split(Terms memory terms, uint64 chain) public {
        bytes32 id = escrow.idOf(terms);
        vm.chainId(chain);
        assert(escrow.idOf(terms) == id);
    }

    // Different terms never share an order.
    function check_ids(Terms memory one, Terms memory two) public view {
        vm.assume(keccak256(abi.encode(one)) != keccak256(abi.encode(two)));
        assert(escrow.idOf(one) != escrow.idOf(two));
    }

    function _now(Terms memory terms, uint40 time) private returns (bytes32 id, Pot memory pot) {
        terms.token = address(0);
        (id, pot) = _live(terms, time);
        vm.deal(address(escrow), pot.held);
        vm.chainId(svm.createUint(64, "now"));
    }

    function _placed(Place memory place, Split memory signed) private pure returns (bytes32) {
        return _digest(_separator(place.chain, place.where), _settlement(place.id, Pot(place.held, place.since, 0, 0), signed));
    }

    function _placed(Place memory place, bool delivery) private pure returns (bytes32) {
        return _digest(_separator(place.chain, place.where), _mark(delivery, place.id, place.since, place.expiry));
    }

    function _stranger(Terms memory terms, bytes memory data) private {
        address caller = svm.createAddress("caller");
        vm.assume(both(caller != terms.buyer, caller != terms.seller));
        _succeeds(caller, data);
    }

    function _here(Place memory place, bytes32 id, Pot memory pot, uint40 expiry) private view {
        assert(both(place.chain == block.chainid, place.where == address(escrow)));
        assert(both(place.id == id, place.since == pot.since));
        assert(both(place.expiry == expiry, block.timestamp < expiry));
    }

    function _other(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        vm.assume(uint256(s) <= HALF_CURVE);
        return abi.encodePacked(r, minus(ORDER, uint256(s)), v ^ 1);
    }

    // Nobody forges: what was made for another digest doesn't recover to the key for the one that is due.
    function _sign(uint256 key, bytes32 made, bytes32 due) private pure returns (bytes memory signature) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, made);
        signature = abi.encodePacked(r, s, v);
        vm.assume(either(made == due, ecrecover(due, v, r, s) != vm.addr(key)));
    }
}
