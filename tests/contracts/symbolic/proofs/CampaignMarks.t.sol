// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms} from "./Campaign.sol";
import {CANCELLED, CampaignWorld, LIVE, State} from "./CampaignWorld.sol";
import {both, either, svm} from "./Cheats.sol";

// A cancellation: by the creator or with its signature, of what hasn't failed and isn't over; it moves nothing, and nothing
// changes but the phase. For all terms, states, callers, times, expiries and signatures of 65 bytes.
contract CampaignMarks is CampaignWorld {
    function check_cancel(Terms memory terms, address caller, address backer, uint40 expiry, uint40 time) public {
        (bytes32 id, State memory state) = _live(terms, time);
        (uint256 mark, uint256 objections) = (_mark(id, backer), _objections(id));
        Aside memory aside = _aside(id);
        bytes memory signature = svm.createBytes(65, "signature");
        _succeeds(caller, abi.encodeCall(campaign.cancel, (terms, expiry, signature)));
        bool signed = both(_signs(terms.creator, _due(_cancellation(id, expiry)), signature), time < expiry);
        assert(either(caller == terms.creator, signed));
        assert(both(state.phase == LIVE, either(time < terms.until, state.pledges >= terms.goal)));
        state.phase = CANCELLED;
        assert(both(_word(id) == _packed(state), both(_mark(id, backer) == mark, _objections(id) == objections)));
        assert(both(_lives(terms, state, time), both(_still(aside), subject.balance == aside.coin)));
    }
}
