//! What a person sees at a terminal, and is asked there.

use super::applied;
use crate::support::terminal::at_a_terminal;

#[test]
fn deleting_is_asked_about_and_nothing_but_a_yes_is_one() {
    let (workspace, template_id) = applied();
    for typed in ["n\n", "\n", "yesterday\n", "\u{4}"] {
        let (screen, exit) = at_a_terminal(&workspace, &["delete", "web"], 100, typed);
        assert_eq!(exit, 1, "{screen}");
        let question =
            format!("local/web ({template_id}, 1 build)\ndelete this template from local?");
        assert!(screen.contains(&question), "{screen}");
        assert!(screen.contains("nothing was deleted"), "{screen}");
        workspace.run(&["exists", "web"]).ends(0);
    }
    let (screen, exit) = at_a_terminal(&workspace, &["delete", "web"], 100, "y\n");
    assert_eq!(exit, 0, "{screen}");
    workspace.run(&["exists", "web"]).ends(1);
}

#[test]
fn a_table_is_as_narrow_as_its_terminal() {
    let (workspace, template_id) = applied();
    let mut widths = Vec::new();
    for columns in [120, 80, 60, 40, 20] {
        let (screen, exit) = at_a_terminal(&workspace, &["list"], columns, "");
        assert_eq!(exit, 0, "{screen}");
        assert!(screen.contains("local/web") && screen.contains(&template_id), "{screen}");
        let most = screen.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        // The ID is longer than the narrowest terminal and stays whole: somebody copies it.
        assert!(most <= usize::from(columns).max(22), "{columns}: {screen}");
        widths.push(screen.lines().next().unwrap_or_default().split_whitespace().count());
    }
    assert!(widths.is_sorted_by(|a, b| a >= b), "{widths:?}");
    assert_ne!(widths.first(), widths.last());
}
