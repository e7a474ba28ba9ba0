use proptest::prelude::*;

use super::*;

fn node(name: &str, tags: &[&str], base: Option<&str>) -> Node {
    Node {
        platform: Platform::Novita,
        name: name.to_owned(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        base: base.map(str::to_owned),
    }
}

#[test]
fn a_name_is_awaited_and_a_tag_chooses() {
    let nodes = [
        node("team/base", &["v1"], None),
        node("base", &["v2"], None),
        node("by-name", &["default"], Some("base")),
        node("by-tag", &["default"], Some("base:v2")),
        node("other-team", &["default"], Some("theirs/base:v1")),
        node("unknown-tag", &["default"], Some("team/base:v3")),
        node("self", &["v2"], Some("self:v1")),
        Node { platform: Platform::E2b, ..node("elsewhere", &["default"], Some("base")) },
    ];
    let needs: [&[usize]; 8] = [&[], &[], &[0, 1], &[1], &[1], &[0, 1], &[], &[]];
    assert_eq!(Graph::of(&nodes).needs, needs);
}

#[test]
fn builds_that_share_a_label_conflict() {
    let one = node("team/x", &["default", "v1"], None);
    let conflict = |tags: &[&str], name: &str| one.conflict(&node(name, tags, None));
    assert_eq!(conflict(&["v1"], "x"), Some("team/x:v1".to_owned()));
    assert_eq!(conflict(&["v2"], "x"), None);
    assert_eq!(conflict(&["v1"], "theirs/x"), None);
    assert_eq!(conflict(&["v1"], "y"), None);
    let declaw = |tags: &[&str]| Node { platform: Platform::Declaw, ..node("x", tags, None) };
    assert_eq!(declaw(&["v1"]).conflict(&declaw(&["v2"])), Some("x".to_owned()));
    assert_eq!(declaw(&["v1"]).conflict(&one), None);
}

/// Any graph of a few manifests; none needs itself.
fn graphs() -> impl Strategy<Value = Graph> {
    (1..9usize).prop_flat_map(|count| {
        let needs = prop::collection::btree_set(0..count, 0..3);
        prop::collection::vec(needs, count).prop_map(|all| {
            let needs = all.into_iter().enumerate();
            let needs = needs.map(|(at, needs)| needs.into_iter().filter(|it| *it != at).collect());
            Graph { needs: needs.collect() }
        })
    })
}

/// Those that can be built at all, found another way: by removing those that need none of the rest.
fn doable(graph: &Graph) -> Vec<bool> {
    let mut done = vec![false; graph.needs.len()];
    for _ in 0..graph.needs.len() {
        for (at, needs) in graph.needs.iter().enumerate() {
            done[at] |= needs.iter().all(|need| done[*need]);
        }
    }
    done
}

proptest! {
    #[test]
    fn a_cycle_is_found_just_when_there_is_one(graph in graphs()) {
        let cycles = graph.cycles();
        prop_assert_eq!(cycles.is_empty(), doable(&graph).iter().all(|done| *done));
        for cycle in &cycles {
            prop_assert!(cycle.len() > 1);
            for (at, member) in cycle.iter().enumerate() {
                let next = cycle[(at + 1) % cycle.len()];
                prop_assert!(graph.needs[*member].contains(&next), "{cycle:?} in {graph:?}");
            }
        }
    }

    #[test]
    fn nothing_begins_before_what_it_needs_and_nothing_is_forgotten(
        graph in graphs(),
        fails in prop::collection::vec(any::<bool>(), 9),
        jobs in 1..4usize,
        picks in prop::collection::vec(any::<prop::sample::Index>(), 9),
    ) {
        let mut schedule = Schedule::new(graph.clone());
        let (mut running, mut done, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        let mut picks = picks.iter();
        loop {
            while running.len() < jobs && let Some(at) = schedule.next() {
                prop_assert!(graph.needs[at].iter().all(|need| done.contains(need)));
                prop_assert!(!missing.contains(&at));
                running.push(at);
            }
            if running.is_empty() {
                break;
            }
            // They end in any order.
            let pick = picks.next().expect("each ends once").index(running.len());
            let at = running.remove(pick);
            let lost = schedule.ended(at, !fails[at]);
            if fails[at] { missing.push(at) } else { done.push(at) }
            for (other, cause) in lost {
                prop_assert!(graph.needs[other].contains(&cause) && missing.contains(&cause));
                prop_assert!(!done.contains(&other) && !running.contains(&other));
                missing.push(other);
            }
        }
        missing.extend(schedule.stop());
        let mut all: Vec<_> = done.iter().chain(&missing).copied().collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..graph.needs.len()).collect::<Vec<_>>(), "each once");
        // A failure skips those that need it, and no others.
        let doable = doable(&graph);
        for at in 0..graph.needs.len() {
            let lacks = graph.needs[at].iter().any(|need| missing.contains(need));
            prop_assert_eq!(done.contains(&at), doable[at] && !fails[at] && !lacks);
        }
    }
}
