//! Suggestions: the similar word for a did-you-mean, and lists of words.

/// The longest word that is compared, in bytes: the time grows with the square.
const LONGEST: usize = 200;

/// The known word that is most similar to `word`, if one is similar enough to be intended.
///
/// Similar means: at most a third of the longer word's letters differ, case aside, with swapped
/// neighbours counted once; or one of the two continues the other after at least three letters.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let lower = word.to_lowercase();
    let distance = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let longer = lower.chars().count().max(candidate.chars().count());
        let distance = strsim::osa_distance(&lower, &candidate);
        let prefix = lower.len().min(candidate.len()) >= 3
            && (lower.starts_with(&candidate) || candidate.starts_with(&lower));
        (distance * 3 <= longer || prefix).then_some(distance)
    };
    known
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .filter_map(|candidate| Some((distance(candidate)?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A list of words for a sentence: `` `a`, `b` or `c` ``.
#[must_use]
pub fn any_of(words: &[&str]) -> String {
    list(words, "or")
}

/// A list of words for a sentence: `` `a`, `b` and `c` ``.
#[must_use]
pub fn all_of(words: &[&str]) -> String {
    list(words, "and")
}

fn list(words: &[&str], conjunction: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {conjunction} {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_proposed_and_far_ones_are_not() {
        let known = ["run", "copy", "workdir", "recommends"];
        assert_eq!(nearest("workdri", known), Some("workdir"));
        assert_eq!(nearest("RUN", known), Some("run"));
        assert_eq!(nearest("recommend", known), Some("recommends"));
        assert_eq!(nearest("APP_HOEM", ["APP_HOME"]), Some("APP_HOME"));
        assert_eq!(nearest("zebra", known), None);
        assert_eq!(nearest("ru", known), Some("run"));
    }
}
