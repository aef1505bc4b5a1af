//! A name that is not there -> the one that was meant.

/// The one of `known` that is most like `name`, if one is like it.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |other: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &other.to_lowercase());
    let like = |(distance, other): &(usize, &str)| *distance <= other.len().max(3) / 3 || other.starts_with(name);
    known.into_iter().map(|other| (distance(other), other)).filter(like).min().map(|(_, other)| other)
}
