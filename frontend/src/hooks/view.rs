//! The running node's snapshot, as a property of pages and components.

use std::ops::Deref;
use std::rc::Rc;

use crate::node::view::{NodeView, TabState};

/// A snapshot that is cheap to hand down. Two are equal where they are the same snapshot.
#[derive(Clone, Debug)]
pub struct View(Rc<TabState>);

impl View {
    /// The snapshot in a state, where the node runs.
    pub fn of(state: &Rc<TabState>) -> Option<Self> {
        matches!(**state, TabState::Running(_)).then(|| Self(Rc::clone(state)))
    }
}

impl Deref for View {
    type Target = NodeView;

    fn deref(&self) -> &NodeView {
        match &*self.0 {
            TabState::Running(view) => view,
            TabState::Starting { .. } | TabState::Failed(_) => unreachable!("a view is made of a running state only"),
        }
    }
}

impl PartialEq for View {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}
