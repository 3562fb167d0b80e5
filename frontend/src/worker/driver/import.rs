//! The driver's part in taking a chain in from a file: a step at each turn, between which everything else goes on.

use super::Driver;
use crate::node::handle::{Answer, Field, FieldRefusal};
use crate::worker::clock;
use crate::worker::import::Import;
use crate::worker::wire::ToPage;
use shared::Receipt;

impl Driver {
    /// Begins.
    pub(super) fn start_import(&mut self, number: u64, file: Vec<u8>) {
        let opened = match &self.import {
            Some(_) => Err(Receipt::new("import", "one file at a time", "one that is being taken in")),
            None => Import::open(file, &self.parts.node.borrow()),
        };
        match opened {
            Ok(import) => self.import = Some((number, import)),
            Err(receipt) => {
                let refusal = FieldRefusal { field: Field::File, receipt };
                self.parts.page.send(&ToPage::Answer { number, answer: Answer::Refused(vec![refusal]) });
            }
        }
    }

    /// Takes the next blocks, where there is a file.
    pub(super) fn step_import(&mut self) {
        let Some((number, import)) = &mut self.import else { return };
        let done = import.step(&mut self.parts.node.borrow_mut(), clock::now());
        self.dirty = true;
        if let Some(view) = done {
            self.parts.page.send(&ToPage::Answer { number: *number, answer: Answer::Imported(view) });
            self.import = None;
        }
        self.perform();
    }
}
