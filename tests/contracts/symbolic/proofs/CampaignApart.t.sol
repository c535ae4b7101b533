// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms, Tranche} from "./Campaign.sol";
import {CampaignWorld} from "./CampaignWorld.sol";
import {both, vm} from "./Cheats.sol";

// Campaigns keep apart: a call on one leaves every other as it is, its backers and their objections too. In coin, with one
// tranche and one backer, for every function.
contract CampaignApart is CampaignWorld {
    function check_others(Terms memory terms, Terms memory other, address backer, uint8 which, address caller, uint40 time) public {
        terms.token = address(0);
        (bytes32 id,) = _live(other, time);
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

    function _anything(Terms memory terms, address backer, uint8 which) private view returns (bytes memory) {
        Tranche[] memory tranches = new Tranche[](1);
        tranches[0] = Tranche(terms.until, 10_000);
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
