// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms, Tranche} from "./Campaign.sol";
import {LIVE, CampaignWorld} from "./CampaignWorld.sol";
import {both, either, svm, vm} from "./Cheats.sol";
import {END} from "./Proof.sol";

// Opening: with the creator's consent, once for ever, and what is accepted is what docs/spec/campaign.md accepts. For all terms,
// lists of 0 to 2 tranches, callers, times, storages and signatures of 65 bytes.
contract CampaignOpening is CampaignWorld {
    function check_open(Terms memory terms, Tranche[] memory tranches, address caller, uint40 time) public {
        vm.assume(time < END);
        vm.warp(time);
        bytes32 id = campaign.idOf(terms);
        uint256 was = _word(id);
        Aside memory aside = _aside(id);
        (uint256 mark, uint256 objections) = (_mark(id, aside.who), _objections(id));
        bytes memory signature = svm.createBytes(65, "signature");
        _succeeds(caller, abi.encodeCall(campaign.open, (terms, tranches, signature)));
        assert(either(caller == terms.creator, _signs(terms.creator, id, signature)));
        assert(both(was == 0, _word(id) == LIVE));
        assert(both(time < terms.until, both(_accepted(terms, time), _accepted(terms, tranches))));
        assert(either(terms.token == address(0), terms.token.code.length != 0));
        assert(_lives(terms, _state(id), time));
        assert(both(_mark(id, aside.who) == mark, both(_objections(id) == objections, both(_still(aside), subject.balance == aside.coin))));
    }
}
