// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms, Tranche} from "./Campaign.sol";
import {CampaignWorld, State} from "./CampaignWorld.sol";
import {both, either, implies, minus, plus, product, quotient, vm} from "./Cheats.sol";
import {Ledger} from "./Ledger.sol";

// What a campaign owes to whom, by docs/spec/campaign.md: with jumps, for sums that the prover can compare.
abstract contract CampaignPayments is CampaignWorld, Ledger {
    // What the creator is owed by now, and how many tranches are paid with it.
    function _owing(Tranche[] memory tranches, State memory state, uint256 time) internal pure returns (uint256 owed, uint256 paid) {
        paid = state.paid;
        for (uint256 i; i < tranches.length; ++i) {
            if (i < state.paid) continue;
            if (time < tranches[i].due) break;
            paid = i + 1;
            owed = plus(owed, _part(state.pledges, tranches[i].bps));
        }
        if (paid == tranches.length) owed = state.money;
    }

    // A backer's part of what is left, and what is left then; with what the prover must be told of it, see `arithmetic.py`.
    function _share(State memory state, uint256 pledged) internal pure returns (uint256 share, State memory then) {
        uint256 whole = product(pledged, state.money);
        vm.assume(either(state.money == 0, quotient(whole, state.money) == pledged));
        share = quotient(whole, state.pledges);
        then = State(minus(state.pledges, pledged), minus(state.money, share), state.paid, state.phase);
        bool fits = both(state.money <= state.pledges, both(pledged != 0, pledged <= state.pledges));
        vm.assume(implies(fits, both(share <= state.money, then.money <= then.pledges)));
        vm.assume(implies(both(fits, state.money == state.pledges), share == pledged));
    }

    // The shares of these backers, one after the other; nothing for who has no pledge any more.
    function _shares(bytes32 id, State memory state, address[] memory backers) internal view returns (uint256[] memory shares, State memory then) {
        shares = new uint256[](backers.length);
        then = state;
        for (uint256 i; i < backers.length; ++i) {
            uint256 pledged = _mark(id, backers[i]) >> 32;
            if (i == 1 && backers[0] == backers[1]) continue;
            if (pledged != 0) (shares[i], then) = _share(then, pledged);
        }
    }
}
