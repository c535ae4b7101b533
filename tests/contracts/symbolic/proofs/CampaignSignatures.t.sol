// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Wallet} from "./Actors.sol";
import {Terms, Tranche} from "./Campaign.sol";
import {CampaignWorld, State, TURN} from "./CampaignWorld.sol";
import {both, plus, svm, vm} from "./Cheats.sol";

// Where a signature was made to work, and what it says.
struct Place {
    uint64 chain;
    address where;
    bytes32 id;
    uint40 expiry;
    bool objects;
    uint32 turn;
    bool cancels; // it is a cancellation instead
}

// Signatures of one campaign, chain or contract don't work on another, and an objection works once. The party is a contract wallet
// that has signed one digest and no other: that of any chain, contract, campaign, terms, turn and expiry at all. Nothing but
// what it names gets through. The contract was deployed on any chain, which may have another number by now.
contract CampaignSignatures is CampaignWorld {
    uint64 deployment;
    Wallet wallet;

    function setUp() public override {
        deployment = uint64(svm.createUint(64, "deployment"));
        vm.chainId(deployment);
        super.setUp();
        wallet = new Wallet();
        svm.enableSymbolicStorage(address(wallet));
    }

    // The terms themselves are signed, for the chain of the deployment, whatever its number is by now.
    function check_open_wallet(Terms memory terms, Terms memory signed, Tranche[] memory tranches, uint64 chain, address where, address caller, uint40 time) public {
        terms.creator = address(wallet);
        vm.assume(wallet.signed() == _digest(_separator(chain, where), _opening(signed)));
        vm.assume(caller != address(wallet));
        vm.warp(time);
        vm.chainId(svm.createUint(64, "now"));
        _succeeds(caller, abi.encodeCall(campaign.open, (terms, tranches, svm.createBytes(32, "signature"))));
        assert(both(chain == deployment, where == subject));
        assert(keccak256(abi.encode(signed)) == keccak256(abi.encode(terms)));
    }

    /// @custom:halmos --default-array-lengths 0,1
    function check_object_wallet(Terms memory terms, Tranche[] memory tranches, Place memory place, bool objects, uint40 expiry, uint40 time) public {
        (bytes32 id, State memory state) = _now(terms, time);
        _listed(id, terms, tranches, state);
        uint256 mark = _mark(id, address(wallet));
        vm.assume(wallet.signed() == _placed(place));
        _stranger(abi.encodeCall(campaign.object, (terms, tranches, address(wallet), objects, expiry, svm.createBytes(32, "signature"))));
        _here(place, id, expiry);
        assert(both(!place.cancels, _mark(id, address(wallet)) == plus(mark, 1))); // so that it doesn't work again
        assert(both(place.objects == objects, place.turn == plus(mark & TURN, 1)));
    }

    function check_cancel_wallet(Terms memory terms, Place memory place, uint40 expiry, uint40 time) public {
        terms.creator = address(wallet);
        (bytes32 id,) = _now(terms, time);
        vm.assume(wallet.signed() == _placed(place));
        _stranger(abi.encodeCall(campaign.cancel, (terms, expiry, svm.createBytes(32, "signature"))));
        _here(place, id, expiry);
        assert(place.cancels);
    }

    // A campaign keeps its id when its chain changes its number, so that its backers can still be refunded.
    function check_id_after_a_split(Terms memory terms, uint64 chain) public {
        bytes32 id = campaign.idOf(terms);
        vm.chainId(chain);
        assert(campaign.idOf(terms) == id);
    }

    // Different terms never share a campaign.
    function check_ids(Terms memory one, Terms memory two) public view {
        vm.assume(keccak256(abi.encode(one)) != keccak256(abi.encode(two)));
        assert(campaign.idOf(one) != campaign.idOf(two));
    }

    function _now(Terms memory terms, uint40 time) private returns (bytes32 id, State memory state) {
        terms.token = address(0);
        (id, state) = _live(terms, time);
        vm.deal(subject, state.money);
        vm.chainId(svm.createUint(64, "now"));
    }

    function _placed(Place memory place) private pure returns (bytes32) {
        bytes32 objection = _objection(place.id, place.objects, place.turn, place.expiry);
        bytes32 content = place.cancels ? _cancellation(place.id, place.expiry) : objection;
        return _digest(_separator(place.chain, place.where), content);
    }

    function _stranger(bytes memory data) private {
        address caller = svm.createAddress("caller");
        vm.assume(caller != address(wallet));
        _succeeds(caller, data);
    }

    function _here(Place memory place, bytes32 id, uint40 expiry) private view {
        assert(both(place.chain == block.chainid, place.where == subject));
        assert(both(place.id == id, both(place.expiry == expiry, block.timestamp < expiry)));
    }
}
