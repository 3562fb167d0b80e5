//! The ledger on other branches: whether a block beside the active chain could be paid for.
//!
//! Every block is judged as soon as all below it are here, whichever branch it is on; so a branch that is stored, served
//! or moved to is known to be valid to its last payment, and no move is ever half done.
//!
//! What an account was at some height of the active chain follows from the undos: it is what the next block that
//! touched it found. A branch keeps only what it changed since it left the active chain.

use std::collections::BTreeMap;

use super::active::Loaded;
use super::index::ActiveIndex;
use super::tree::NodeIndex;
use super::{BlockError, Chain};
use crate::state::ledger::{Account, Accounts, Ledger, Undo};
use crate::values::{Address, Amount, Height};

/// How many accounts all branches together may keep, about 50 MB. A branch that is forgotten is worked out again from
/// its blocks when it grows.
pub const BRANCH_ACCOUNTS_MAX: usize = 500_000;

/// What a branch changed since it left the active chain.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    /// The last block that it has in common with the active chain.
    base: NodeIndex,
    pub(super) accounts: BTreeMap<Address, Account>,
    pub(super) supply: Amount,
}

/// The ledgers of branches.
#[derive(Clone, Debug)]
pub(super) struct Branches {
    /// Each by the last block it has seen.
    pub(super) kept: BTreeMap<NodeIndex, Branch>,
    pub(super) accounts_max: usize,
}

/// The ledger as it is at the end of a branch.
struct View<'a> {
    branch: &'a mut Branch,
    base_height: Height,
    ledger: &'a Ledger,
    index: &'a ActiveIndex,
    undos: &'a [Undo],
}

impl Accounts for View<'_> {
    fn account(&self, address: &Address) -> Account {
        if let Some(account) = self.branch.accounts.get(address) {
            return *account;
        }
        match self.index.first_above(address, self.base_height) {
            Some(height) => undo_at(self.undos, height)
                .account_before(address)
                .expect("a block's undo holds every account that the index has it for"),
            None => self.ledger.account(address),
        }
    }

    fn write(&mut self, address: Address, account: Account) {
        self.branch.accounts.insert(address, account);
    }

    fn supply(&self) -> Amount {
        self.branch.supply
    }

    fn set_supply(&mut self, supply: Amount) {
        self.branch.supply = supply;
    }
}

/// The undo of the active block at a height above the genesis.
fn undo_at(undos: &[Undo], height: Height) -> &Undo {
    &undos[height.as_u64() as usize - 1]
}

impl Chain {
    /// How many accounts the ledgers of branches keep, at most [`BRANCH_ACCOUNTS_MAX`].
    pub fn branch_accounts(&self) -> usize {
        self.branches.kept.values().map(|branch| branch.accounts.len()).sum()
    }

    /// Applies a block that is not on top of the active chain to the ledger of its branch.
    pub(super) fn verify_beside(
        &mut self,
        index: NodeIndex,
        parent: NodeIndex,
        loaded: &mut Loaded,
    ) -> Result<(), BlockError> {
        let mut branch = self.branch_at(parent, loaded);
        let result = self.apply_to_branch(&mut branch, index, loaded);
        self.branches.keep(if result.is_ok() { index } else { parent }, branch);
        result
    }

    /// The ledger of the branch that ends at a complete block, taken out of those kept or worked out from its blocks.
    fn branch_at(&mut self, end: NodeIndex, loaded: &mut Loaded) -> Branch {
        if let Some(branch) = self.branches.kept.remove(&end) {
            return branch;
        }
        let path: Vec<_> = self.tree.ancestry(end).take_while(|index| !self.is_active_index(*index)).collect();
        let base = path.last().map_or(end, |lowest| self.tree.parent(*lowest).expect("the genesis is active"));
        let mut branch = Branch { base, accounts: BTreeMap::new(), supply: self.supply_at(base) };
        for index in path.into_iter().rev() {
            self.apply_to_branch(&mut branch, index, loaded).expect("a complete block was applied before");
        }
        branch
    }

    fn apply_to_branch(&self, branch: &mut Branch, index: NodeIndex, loaded: &mut Loaded) -> Result<(), BlockError> {
        let base_height = self.tree.height(branch.base);
        let mut view = View { branch, base_height, ledger: &self.ledger, index: &self.index, undos: &self.undos };
        let hashed = loaded.take(index, self);
        let result = view.apply_block(&hashed.block, &hashed.senders, self.params.reward);
        loaded.insert(index, hashed);
        result.map(drop)
    }

    /// The supply at an active block.
    fn supply_at(&self, active: NodeIndex) -> Amount {
        match self.undos.get(self.tree.height(active).as_u64() as usize) {
            Some(undo_above) => undo_above.supply_before(),
            None => self.ledger.supply(),
        }
    }

    /// Forgets the branches that left the active chain where it no longer goes, and those that became part of it.
    pub(super) fn forget_moved_branches(&mut self) {
        let mut kept = std::mem::take(&mut self.branches.kept);
        kept.retain(|end, branch| self.is_active_index(branch.base) && !self.is_active_index(*end));
        self.branches.kept = kept;
    }
}

impl Branches {
    /// Keeps a branch's ledger, and forgets those that have not grown for longest while there are too many accounts.
    fn keep(&mut self, end: NodeIndex, branch: Branch) {
        self.kept.insert(end, branch);
        let mut accounts: usize = self.kept.values().map(|branch| branch.accounts.len()).sum();
        while accounts > self.accounts_max
            && let Some((_, oldest)) = self.kept.pop_first()
        {
            accounts -= oldest.accounts.len();
        }
    }
}

impl Default for Branches {
    fn default() -> Self {
        Self { kept: BTreeMap::new(), accounts_max: BRANCH_ACCOUNTS_MAX }
    }
}
