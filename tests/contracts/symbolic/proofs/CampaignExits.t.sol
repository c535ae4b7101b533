// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms, Tranche} from "./Campaign.sol";
import {CampaignPayments} from "./CampaignPayments.sol";
import {CANCELLED, LIVE, PAID, STOPPED, State} from "./CampaignWorld.sol";
import {both, either, implies, plus, vm} from "./Cheats.sol";
import {InCoin, InToken} from "./Ledger.sol";
import {DAY} from "./Proof.sol";
import {Fetchable} from "./Withdrawals.sol";

// Nothing locks money: each of these calls works, whoever calls, receives and refuses. It can fail only for lack of gas, which
// the contract says; the prover knows no gas.
abstract contract CampaignExits is CampaignPayments, Fetchable {
    // Of a campaign that succeeded every tranche can be paid from its date on, and 730 days after the end nothing is left in it.
    function check_collect(Terms memory terms, Tranche[] memory tranches, address caller, uint40 time) public {
        terms.token = _currency();
        (bytes32 id, State memory state) = _live(terms, time);
        vm.assume(_shown(terms, tranches));
        _listed(id, terms, tranches, state);
        vm.assume(both(state.phase == LIVE, both(time >= terms.until, state.pledges >= terms.goal)));
        (uint256 owed, uint256 paid) = _owing(tranches, state, time);
        vm.assume(paid > state.paid);
        _fill(state.money);
        _fits(terms.payout, _list(owed), true);
        _works(caller, abi.encodeCall(campaign.collect, (terms, tranches)));
        State memory then = _state(id);
        assert(then.paid == paid);
        assert(implies(time >= plus(terms.until, 730 * DAY), both(then.phase == PAID, then.money == 0)));
    }

    // Of one that failed, was cancelled or stopped, each backer can have back what is its, also beside others.
    /// @custom:halmos --default-array-lengths 1,2
    function check_refund(Terms memory terms, address[] memory backers, address caller, uint40 time) public {
        terms.token = _currency();
        (bytes32 id, State memory state) = _live(terms, time);
        bool failed = both(state.phase == LIVE, both(time >= terms.until, state.pledges < terms.goal));
        vm.assume(either(failed, either(state.phase == CANCELLED, state.phase == STOPPED)));
        for (uint256 i; i < backers.length; ++i) _backs(id, state, backers[0], backers[i]);
        vm.assume(_mark(id, backers[0]) >> 32 != 0);
        _fill(state.money);
        (uint256[] memory shares,) = _shares(id, state, backers);
        for (uint256 i; i < backers.length; ++i) _fits(backers[i], shares, true);
        _works(caller, abi.encodeCall(campaign.refund, (terms, backers)));
        assert(_mark(id, backers[0]) >> 32 == 0);
    }

}

contract CampaignExitsInCoin is CampaignExits, InCoin {}

contract CampaignExitsInToken is CampaignExits, InToken {}
