//! Path templates of `google.api.http`: literals, `*`, `**`, variables such as `{name=partners/*}` and a verb at the end.

use percent_encoding::percent_decode_str;

/// One part of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// These very letters.
    Literal(String),
    /// Any one part that is not empty.
    One,
    /// All that is left, at least one part.
    Rest,
}

/// A field that takes its value from parts of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The field, by proto names. Example: "partner.name".
    pub field: String,
    /// Its first segment.
    pub from: usize,
    /// How many segments of the template it spans.
    pub span: usize,
}

/// A template, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The parts.
    pub segments: Vec<Segment>,
    /// What follows a colon at the end. Example: "freeze".
    pub verb: Option<String>,
    /// The variables, from left to right.
    pub variables: Vec<Variable>,
}

impl Template {
    /// Reads a template. Example: "/v1/{name=partners/*}:freeze".
    ///
    /// # Errors
    /// A sentence that says what does not fit.
    pub fn parse(text: &str) -> Result<Self, String> {
        let body = text.strip_prefix('/').ok_or_else(|| format!("{text:?} does not begin with '/'"))?;
        // A verb stands behind the last brace and the last slash.
        let tail = body.rfind(['}', '/']).map_or(0, |at| at.saturating_add(1));
        let (body, verb) = match body.get(tail..).and_then(|last| last.rfind(':')) {
            Some(colon) => {
                let at = tail.saturating_add(colon);
                (body.get(..at).unwrap_or_default(), body.get(at.saturating_add(1)..).map(str::to_owned))
            }
            None => (body, None),
        };
        let mut template = Self { segments: Vec::new(), verb, variables: Vec::new() };
        let mut rest = body;
        loop {
            if let Some(open) = rest.strip_prefix('{') {
                let (inner, after) = open.split_once('}').ok_or_else(|| format!("{text:?} has an open brace"))?;
                let (field, pattern) = inner.split_once('=').unwrap_or((inner, "*"));
                let from = template.segments.len();
                template.segments.extend(pattern.split('/').map(segment));
                let span = template.segments.len().saturating_sub(from);
                template.variables.push(Variable { field: field.to_owned(), from, span });
                rest = after;
            } else {
                let end = rest.find('/').unwrap_or(rest.len());
                let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
                template.segments.push(segment(part));
                rest = after;
            }
            match rest.strip_prefix('/') {
                Some(next) => rest = next,
                None if rest.is_empty() => break,
                None => return Err(format!("{text:?} has {rest:?} where '/' is expected")),
            }
        }
        template.check(text)?;
        Ok(template)
    }

    fn check(&self, text: &str) -> Result<(), String> {
        if self.segments.iter().any(|s| matches!(s, Segment::Literal(l) if l.is_empty() || l.contains(['{', '}', '*'])))
        {
            return Err(format!("{text:?} has a part that is empty or not a literal"));
        }
        let last = self.segments.len().saturating_sub(1);
        if self.segments.iter().position(|s| *s == Segment::Rest).is_some_and(|at| at != last) {
            return Err(format!("{text:?} has '**' before its end"));
        }
        if self.variables.iter().any(|v| v.field.is_empty()) {
            return Err(format!("{text:?} has a variable without a field"));
        }
        Ok(())
    }

    /// Whether the path may be longer than the template.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.segments.last() == Some(&Segment::Rest)
    }

    /// The values of the variables when the parts of a path fit, percent-decoded; `None`: they do not fit.
    #[must_use]
    pub fn fit(&self, parts: &[&str]) -> Option<Vec<(&str, String)>> {
        let enough =
            if self.is_open() { parts.len() >= self.segments.len() } else { parts.len() == self.segments.len() };
        let fits = |(segment, part): (&Segment, &&str)| match segment {
            Segment::Literal(literal) => literal == part,
            Segment::One | Segment::Rest => !part.is_empty(),
        };
        if !enough || !self.segments.iter().zip(parts).all(fits) || parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        self.variables.iter().map(|variable| self.value(variable, parts)).collect()
    }

    fn value<'a>(&self, variable: &'a Variable, parts: &[&str]) -> Option<(&'a str, String)> {
        let until = variable.from.saturating_add(variable.span);
        let open = self.is_open() && until == self.segments.len();
        let taken = parts.get(variable.from..if open { parts.len() } else { until })?;
        // A value of several parts keeps an encoded slash, which is none between parts.
        let whole = variable.span == 1 && !open;
        let decoded = taken.iter().map(|part| decoded(part, whole)).collect::<Option<Vec<_>>>()?;
        Some((variable.field.as_str(), decoded.join("/")))
    }
}

fn segment(text: &str) -> Segment {
    match text {
        "*" => Segment::One,
        "**" => Segment::Rest,
        literal => Segment::Literal(literal.to_owned()),
    }
}

/// `None` when the bytes are no UTF-8 text.
fn decoded(part: &str, slashes: bool) -> Option<String> {
    if slashes {
        return Some(percent_decode_str(part).decode_utf8().ok()?.into_owned());
    }
    let kept = part.split("%2F").map(|p| p.split("%2f").map(|p| decoded(p, true)).collect::<Option<Vec<_>>>());
    Some(kept.map(|p| Some(p?.join("%2F"))).collect::<Option<Vec<_>>>()?.join("%2F"))
}

#[cfg(test)]
mod tests {
    use super::{Segment, Template};

    fn fit(template: &str, path: &str) -> Option<Vec<(String, String)>> {
        let parts: Vec<&str> = path.split('/').collect();
        let values = Template::parse(template).expect("a template");
        values.fit(&parts).map(|all| all.into_iter().map(|(f, v)| (f.to_owned(), v)).collect())
    }

    #[test]
    fn templates_are_read() {
        let freeze = Template::parse("/v1/{name=partners/*}:freeze").expect("read");
        assert_eq!(freeze.verb.as_deref(), Some("freeze"));
        let literal = |text: &str| Segment::Literal(text.to_owned());
        assert_eq!(freeze.segments, [literal("v1"), literal("partners"), Segment::One]);
        let verb = |text| Template::parse(text).expect("read").verb;
        assert_eq!((verb("/v1/facts:get").as_deref(), verb("/v1/{a=b/*}/c")), (Some("get"), None));
        for wrong in ["v1", "/", "/v1//a", "/v1/{a", "/v1/{=b}", "/v1/**/a", "/v1/{a}b", "/v1/a*"] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn values_are_taken_from_paths() {
        let one = |field: &str, value: &str| Some(vec![(field.to_owned(), value.to_owned())]);
        assert_eq!(fit("/v1/{name=partners/*}", "v1/partners/acme"), one("name", "partners/acme"));
        assert_eq!(fit("/v1/{name=partners/*}", "v1/partners/a%20b%2Fc%2fd"), one("name", "partners/a b%2Fc%2Fd"));
        assert_eq!(fit("/v1/{id}", "v1/a%2Fb%E5%90%8D"), one("id", "a/b名"));
        assert_eq!(fit("/v1/{name=operations/**}", "v1/operations/a/b"), one("name", "operations/a/b"));
        assert_eq!(fit("/v1/{name=operations}", "v1/operations"), one("name", "operations"));
        assert_eq!(fit("/v1/{p.name=ps/*}/ds", "v1/ps/x/ds"), one("p.name", "ps/x"));
        for misfit in ["v1/partners", "v1/partners/", "v1/partners/a/b", "v1/Partners/a", "v1/partners/%ff", ""] {
            assert_eq!(fit("/v1/{name=partners/*}", misfit), None, "{misfit}");
        }
    }
}
