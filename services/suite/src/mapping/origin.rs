//! Which cells a field of a message came from: the way back from what a service refuses to what stands in the file.

use std::collections::BTreeSet;

use super::{
    Expr, Node, RecordFields, Tree,
    tree::{Element, placed},
    value::Eval,
};

/// The field whose values stay in the caller's own columns: it may be refused as personal data.
pub(crate) const CUSTOMER_KEY: &str = "customer_key";

/// Whether a field of the API is a customer key.
pub(crate) fn is_customer_key(field: &str) -> bool {
    field.rsplit('.').next() == Some(CUSTOMER_KEY)
}

/// A step of a path such as `contract.commitments[0].amount` or `labels["segment"]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step<'p> {
    Name(&'p str),
    Index(usize),
    Key(&'p str),
}

/// The steps of a path; what cannot be read ends it.
fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix("[\"") {
            let Some((key, after)) = inside.split_once("\"]") else { break };
            steps.push(Step::Key(key));
            rest = after;
        } else if let Some(inside) = rest.strip_prefix('[') {
            let Some((index, after)) = inside.split_once(']') else { break };
            let Ok(index) = index.parse() else { break };
            steps.push(Step::Index(index));
            rest = after;
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let (name, after) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
            steps.push(Step::Name(name));
            rest = after;
        }
    }
    steps
}

impl RecordFields {
    /// The cells behind a field, each once, in the order of the mapping.
    pub(super) fn value_of(&self, field: &str, eval: Eval<'_>) -> String {
        let mut cells = Cells { eval, part: None, all: Vec::new() };
        match (&self.source_id, self.target.made_key()) {
            (Some(template), Some(key)) if key == field => {
                let mut columns = BTreeSet::new();
                template.collect_columns(&mut columns);
                columns.into_iter().for_each(|column| cells.column(column));
            }
            _ if field.is_empty() => {}
            _ => cells.tree(&self.tree, &steps(field)),
        }
        cells.all.into_iter().map(|(_, cell)| cell).collect::<Vec<_>>().join(" | ")
    }
}

/// Cells that were found: of which column, and what.
struct Cells<'r> {
    eval: Eval<'r>,
    /// Within which part of the cells that are split; `None`: they are shown whole.
    part: Option<usize>,
    all: Vec<(String, String)>,
}

impl Cells<'_> {
    fn tree(&mut self, tree: &Tree, steps: &[Step<'_>]) {
        let Some((Step::Name(name), rest)) = steps.split_first() else {
            return self.whole(tree);
        };
        for member in &tree.members {
            if member.field.name() == CUSTOMER_KEY {
                continue;
            }
            if member.field.name() == *name {
                self.node(&member.node, rest);
            } else if member.oneof().as_deref() == Some(name) {
                self.node(&member.node, &[]);
            }
        }
    }

    fn whole(&mut self, tree: &Tree) {
        let shown = tree.members.iter().filter(|member| member.field.name() != CUSTOMER_KEY);
        shown.for_each(|member| self.node(&member.node, &[]));
    }

    fn node(&mut self, node: &Node, steps: &[Step<'_>]) {
        match (node, steps.split_first()) {
            (Node::Leaf(_, expr), _) => self.expr(expr),
            (Node::Money { currency, .. }, Some((Step::Name("currency_code"), _))) => self.expr(currency),
            (Node::Money { amount, .. }, Some(_)) => self.expr(amount),
            (Node::Money { amount, currency, .. }, None) => [amount, currency].into_iter().for_each(|e| self.expr(e)),
            (Node::Message(tree), _) => self.tree(tree, steps),
            (Node::List(elements), Some((Step::Index(at), rest))) => self.element(elements, *at, rest),
            (Node::List(elements), _) => elements.iter().for_each(|element| self.node(&element.node, &[])),
            (Node::Map(entries), Some((Step::Key(key) | Step::Name(key), _))) => {
                entries.get(*key).into_iter().for_each(|expr| self.expr(expr));
            }
            (Node::Map(entries), _) => entries.values().for_each(|expr| self.expr(expr)),
        }
    }

    /// An element by its place in the message, which may be another one than in the mapping.
    fn element(&mut self, elements: &[Element], at: usize, rest: &[Step<'_>]) {
        if let Some(found) = placed(elements, self.eval).get(at) {
            let outside = self.part.replace(found.part);
            self.node(&found.element.node, rest);
            self.part = outside;
        }
    }

    fn expr(&mut self, expr: &Expr) {
        if let Some((column, part)) = self.part.and_then(|part| self.eval.at(part).part_of(expr)) {
            return self.add(column, part);
        }
        for column in expr.source_columns() {
            self.column(column);
        }
    }

    fn column(&mut self, column: &str) {
        if let Some(cell) = self.eval.row.cell(column).map(str::to_owned) {
            self.add(column, &cell);
        }
    }

    fn add(&mut self, column: &str, cell: &str) {
        if !cell.is_empty() && !self.all.iter().any(|(known, _)| known == column) {
            self.all.push((column.to_owned(), cell.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Step, is_customer_key, steps};

    #[test]
    fn paths_are_taken_apart() {
        let found = steps("contract.commitments[10].amount");
        assert_eq!(found, [Step::Name("contract"), Step::Name("commitments"), Step::Index(10), Step::Name("amount")]);
        assert_eq!(steps("labels[\"a.b\"].x"), [Step::Name("labels"), Step::Key("a.b"), Step::Name("x")]);
        assert_eq!(steps("touches[x]"), [Step::Name("touches")]);
        assert_eq!(steps(""), []);
    }

    #[test]
    fn customer_keys_are_known_wherever_they_stand() {
        assert!(is_customer_key("customer_key") && is_customer_key("touchpoint.customer_key"));
        assert!(!is_customer_key("customer_key_hash"));
    }
}
