// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Returner} from "./Actors.sol";
import {Terms, Tranche} from "./Campaign.sol";
import {CampaignWorld, State} from "./CampaignWorld.sol";
import {both, vm} from "./Cheats.sol";
import {END} from "./Proof.sol";

// Campaigns keep apart: a call on one leaves every other as it is, its backers and their objections too, opened or not, and a
// receiver that is called while it is paid gets nothing done. In coin, with one tranche and one backer, for every function but
// pledges in tokens: see CampaignPledging.t.sol.
contract CampaignApart is CampaignWorld {
    function check_others(Terms memory terms, Terms memory other, address backer, uint8 which, address caller, uint40 time) public {
        terms.token = address(0);
        bytes32 id = campaign.idOf(other);
        vm.assume(time < END);
        vm.warp(time);
        vm.assume(keccak256(abi.encode(terms)) != keccak256(abi.encode(other)));
        _paid(campaign.idOf(terms), _state(campaign.idOf(terms)));
        (uint256 word, uint256 mark, uint256 objections) = (_word(id), _mark(id, backer), _objections(id));
        vm.deal(subject, 2**113);
        uint256 value = which == 0 ? terms.goal : 0;
        vm.deal(caller, value);
        vm.assume(caller != subject);
        _call(caller, value, _anything(terms, backer, which));
        assert(both(_word(id) == word, both(_mark(id, backer) == mark, _objections(id) == objections)));
    }

    // A creator that is called while it is paid gets nothing done, even to a campaign of its own.
    function check_callback(Terms memory terms, Terms memory own, uint8 which, address caller, uint40 time) public {
        Returner returner = new Returner();
        (terms.token, terms.payout, own.creator) = (address(0), address(returner), address(returner));
        (bytes32 id, State memory state) = _live(terms, time);
        bytes32 second = campaign.idOf(own);
        vm.assume(both(second != id, caller != address(returner)));
        uint256 was = _word(second);
        Tranche[] memory tranches = _whole(terms);
        vm.assume(_shown(terms, tranches));
        _listed(id, terms, tranches, state);
        vm.deal(subject, state.money);
        returner.prepare(subject, _anything(own, address(returner), which));
        _succeeds(caller, abi.encodeCall(campaign.collect, (terms, tranches)));
        assert(both(!returner.got(), _word(second) == was));
    }

    function _whole(Terms memory terms) private pure returns (Tranche[] memory tranches) {
        tranches = new Tranche[](1);
        tranches[0] = Tranche(terms.until, 10_000);
    }

    function _anything(Terms memory terms, address backer, uint8 which) private view returns (bytes memory) {
        Tranche[] memory tranches = _whole(terms);
        address[] memory backers = new address[](1);
        backers[0] = backer;
        if (which == 0) return abi.encodeCall(campaign.pledge, (terms, terms.goal, ""));
        if (which == 1) return abi.encodeCall(campaign.open, (terms, tranches, ""));
        if (which == 2) return abi.encodeCall(campaign.object, (terms, tranches, backer, true, 0, ""));
        if (which == 3) return abi.encodeCall(campaign.cancel, (terms, 0, ""));
        if (which == 4) return abi.encodeCall(campaign.collect, (terms, tranches));
        if (which == 5) return abi.encodeCall(campaign.refund, (terms, backers));
        return abi.encodeCall(campaign.withdraw, (terms.token, backer, backer));
    }
}
