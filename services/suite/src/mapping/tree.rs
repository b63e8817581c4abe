//! A mapping along the descriptor of a message: which fields it fills, and with what. What a row leaves out, and which
//! cells a field of the message came from, follow from the tree and the row alone.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{FieldDescriptor, MessageDescriptor};

use super::{Expr, LeafKind, RecordTarget, Template, value::Eval};

/// The fields of a target that has no code of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFields {
    /// The target.
    pub target: &'static RecordTarget,
    /// What fills the key of the row, where the target has one that is made.
    pub source_id: Option<Template>,
    /// The message.
    pub tree: Tree,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Its type.
    pub descriptor: MessageDescriptor,
    /// The fields that are filled.
    pub members: Vec<Member>,
}

/// A field that is filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The field.
    pub field: FieldDescriptor,
    /// Whether every row has to fill it.
    pub required: bool,
    /// With what.
    pub node: Node,
}

/// What fills a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A single value.
    Leaf(LeafKind, Expr),
    /// An amount with its currency.
    Money {
        /// `google.type.Money`.
        descriptor: MessageDescriptor,
        /// How much.
        amount: Expr,
        /// Code of the currency.
        currency: Expr,
    },
    /// A message.
    Message(Tree),
    /// A list.
    List(Vec<Element>),
    /// Texts by keys.
    Map(BTreeMap<String, Expr>),
}

/// An element of a list. Where cells are split in it, it stands for one element per part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// What it is filled with.
    pub node: Node,
    /// Whether every row has it: left out, the next one would stand in its place.
    pub always: bool,
}

/// An element of a list as a row has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed<'t> {
    /// The element.
    pub element: &'t Element,
    /// Which part of the cells that are split.
    pub part: usize,
}

impl RecordFields {
    /// Every column that some field takes from.
    #[must_use]
    pub fn columns(&self) -> BTreeSet<&str> {
        let mut all = BTreeSet::new();
        self.source_id.iter().for_each(|template| template.collect_columns(&mut all));
        self.tree.each_expr(&mut |expr| expr.collect_columns(&mut all));
        all
    }
}

impl Member {
    /// The oneof that the field belongs to.
    #[must_use]
    pub fn oneof(&self) -> Option<String> {
        self.field.containing_oneof().filter(|oneof| !oneof.is_synthetic()).map(|oneof| oneof.name().to_owned())
    }

    /// Whether it decides if its message is left out: a field that the API requires, or one of several to choose from.
    fn decides(&self) -> bool {
        self.required || self.oneof().is_some()
    }
}

impl Tree {
    fn each_expr<'t>(&'t self, visit: &mut impl FnMut(&'t Expr)) {
        self.members.iter().for_each(|member| member.node.each_expr(visit));
    }

    /// Whether a row gives it something to say. What decides are the compulsory fields and the alternatives that take
    /// from columns, and a default is not enough; where there are none, any field that does.
    fn is_filled(&self, eval: Eval<'_>) -> bool {
        let varying = || self.members.iter().filter(|member| member.node.varies());
        if varying().any(Member::decides) {
            varying().filter(|member| member.decides()).any(|member| member.node.is_filled(eval))
        } else {
            varying().any(|member| member.node.is_there(eval))
        }
    }
}

impl Node {
    fn each_expr<'t>(&'t self, visit: &mut impl FnMut(&'t Expr)) {
        match self {
            Self::Leaf(_, expr) => visit(expr),
            Self::Money { amount, currency, .. } => [amount, currency].into_iter().for_each(visit),
            Self::Message(tree) => tree.members.iter().for_each(|member| member.node.each_expr(visit)),
            Self::List(elements) => elements.iter().for_each(|element| element.node.each_expr(visit)),
            Self::Map(entries) => entries.values().for_each(visit),
        }
    }

    /// The columns it takes from, each once, in the order of the mapping.
    pub(super) fn columns(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        self.each_expr(&mut |expr| {
            for column in expr.source_columns() {
                if !all.iter().any(|known| known == column) {
                    all.push(column.to_owned());
                }
            }
        });
        all
    }

    /// Whether it differs from row to row. Of an amount its currency does not count: it says nothing by itself.
    pub(super) fn varies(&self) -> bool {
        match self {
            Self::Leaf(_, expr) | Self::Money { amount: expr, .. } => expr.varies(),
            Self::Message(tree) => tree.members.iter().any(|member| member.node.varies()),
            Self::List(elements) => elements.iter().any(|element| element.node.varies()),
            Self::Map(entries) => entries.values().any(Expr::varies),
        }
    }

    fn is_filled(&self, eval: Eval<'_>) -> bool {
        match self {
            Self::Leaf(_, expr) | Self::Money { amount: expr, .. } => eval.is_filled(expr),
            Self::Message(tree) => tree.is_filled(eval),
            Self::List(elements) => placed(elements, eval).iter().any(|p| p.element.node.is_filled(eval.at(p.part))),
            Self::Map(entries) => entries.values().any(|expr| eval.is_filled(expr)),
        }
    }

    /// Whether a row says it: what is the same for every row always, anything else where a column has a value for it.
    pub(super) fn is_said(&self, eval: Eval<'_>) -> bool {
        !self.varies() || self.is_filled(eval)
    }

    /// Whether a row has it: it says it, or there is a default.
    pub(super) fn is_there(&self, eval: Eval<'_>) -> bool {
        let default = match self {
            Self::Leaf(_, expr) | Self::Money { amount: expr, .. } => expr.default.is_some(),
            Self::Message(_) | Self::List(_) | Self::Map(_) => false,
        };
        default || self.is_said(eval)
    }

    /// How many parts the cells have that are split in it, each count once; lists inside have their own.
    pub(super) fn parts(&self, eval: Eval<'_>) -> BTreeSet<usize> {
        match self {
            Self::Leaf(_, expr) => eval.parts(expr).into_iter().collect(),
            Self::Money { amount, currency, .. } => {
                [amount, currency].into_iter().filter_map(|e| eval.parts(e)).collect()
            }
            Self::Message(tree) => tree.members.iter().flat_map(|member| member.node.parts(eval)).collect(),
            Self::Map(entries) => entries.values().filter_map(|e| eval.parts(e)).collect(),
            Self::List(_) => BTreeSet::new(),
        }
    }
}

/// The elements of a list as a row has them, in order: what the row leaves out is not among them.
pub(super) fn placed<'t>(elements: &'t [Element], eval: Eval<'_>) -> Vec<Placed<'t>> {
    let mut all = Vec::with_capacity(elements.len());
    for element in elements {
        let parts = element.node.parts(eval).last().copied().unwrap_or(1);
        let found = (0..parts).map(|part| Placed { element, part });
        all.extend(found.filter(|p| element.always || element.node.is_there(eval.at(p.part))));
    }
    all
}
